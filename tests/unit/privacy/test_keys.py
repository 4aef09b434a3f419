from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pyarrow as pa

from recsys.privacy.keys import customer_keys, pseudonyms

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
