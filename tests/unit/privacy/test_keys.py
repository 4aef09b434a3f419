from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pyarrow as pa

from recsys.privacy.keys import VersionedKey, customer_keys, customer_keys_so_far, pseudonyms, renewed

KEY = bytes(range(32))


def test_key_is_the_truncated_hmac_of_domain_and_value() -> None:
    expected = hmac.new(KEY, b"customer_key\x00C-17", hashlib.sha256).digest()[:16]
    assert UUID(customer_keys(["C-17"], KEY)[0].as_py()).bytes == expected


def test_same_value_gets_same_key_and_null_stays_null() -> None:
    keys = customer_keys(pa.chunked_array([["a", None], ["a", "b"]]), KEY).to_pylist()
    assert keys[0] == keys[2]
    assert keys[1] is None
    assert keys[3] not in (keys[0], None)


def test_one_value_in_two_roles_gets_two_keys() -> None:
    assert customer_keys(["7"], KEY)[0] != pseudonyms(["7"], KEY, "advisor_key")[0]


def test_another_secret_gives_other_keys() -> None:
    assert customer_keys(["7"], KEY)[0] != customer_keys(["7"], bytes(32))[0]


def test_no_values_give_no_keys() -> None:
    assert customer_keys([], KEY).to_pylist() == []


def test_pseudonym_is_brought_to_a_new_version_from_itself_alone() -> None:
    first, second, third = bytes(32), bytes([1] * 32), bytes([2] * 32)
    stored = pseudonyms(["a", None, "b"], VersionedKey(first, (first,)), "advisor_key")
    assert stored == pseudonyms(["a", None, "b"], first, "advisor_key")
    in_force = VersionedKey(third, (first, second, third))
    assert renewed(stored, in_force.links[1:]) == pseudonyms(["a", None, "b"], in_force, "advisor_key")
    assert renewed(renewed(stored, [second]), [third]) == renewed(stored, [second, third])


def test_keys_of_earlier_versions_are_known_again() -> None:
    first, second = bytes(32), bytes([1] * 32)
    found = customer_keys_so_far(["a", "b"], VersionedKey(second, (first, second)))
    before, now = (customer_keys(["a", "b"], key) for key in (first, VersionedKey(second, (first, second))))
    assert found == [*before.to_pylist(), *now.to_pylist()]


def test_no_version_alone_finds_what_two_have_made() -> None:
    first, second = bytes(32), bytes([1] * 32)
    (key,) = pseudonyms(["a"], VersionedKey(second, (first, second)), "d").to_pylist()
    alone = [pseudonyms(["a"], one, "d")[0].as_py() for one in (first, second)]
    assert key not in alone


def test_versioned_key_shows_nothing_of_itself() -> None:
    key = VersionedKey(b"k" * 32, (b"l" * 32,))
    assert repr(key) == str(key) == "VersionedKey(version 1)"
