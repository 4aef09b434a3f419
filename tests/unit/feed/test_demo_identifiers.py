from __future__ import annotations

import numpy as np
import pytest
from stdnum.de import idnr

from recsys.feed.demo.identifiers import (
    french_ibans,
    french_social_security_ids,
    german_ibans,
    german_tax_ids,
    irish_ibans,
    irish_service_numbers,
    with_check_digit,
)

SERIALS = np.array([0, 1, 12_345_678, 93_905_920], np.int64)


@pytest.mark.parametrize("make", [german_ibans, french_ibans, irish_ibans])
def test_ibans_leave_a_remainder_of_one(make: object) -> None:
    for iban in make(SERIALS).to_pylist():  # type: ignore[operator]
        moved = iban[4:] + iban[:4]
        assert int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def test_a_known_german_tax_id_has_its_check_digit() -> None:
    # 86095742719 is the example of the Federal Central Tax Office.
    digits = np.frombuffer(b"8609574271", np.uint8).reshape(1, 10)
    assert with_check_digit(digits).to_pylist() == ["86095742719"]


def test_german_tax_ids_are_valid_and_never_the_same() -> None:
    serials = np.unique(np.concatenate([np.arange(2_000), np.arange(0, 29_393_280, 14_699)]))
    ids = german_tax_ids(serials).to_pylist()
    assert all(idnr.is_valid(one) for one in ids)
    assert len(set(ids)) == len(serials)


def test_a_known_irish_number_has_its_check_letter() -> None:
    # 1234567T is the example of the Revenue Commissioners.
    assert irish_service_numbers(np.array([1_234_567])).to_pylist() == ["1234567T"]


def test_french_social_security_numbers_end_with_their_key() -> None:
    born = np.array(["1985-06-28"] * 4, "datetime64[D]")
    for number in french_social_security_ids(np.array([True, False, True, False]), born, SERIALS).to_pylist():
        assert number[1:5] == "8506"
        assert int(number[13:]) == 97 - int(number[:13]) % 97
