"""National ids, IBANs and telephone numbers with valid checksums, for whole blocks of customers at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.feed.demo.arrays import Bools, Ints, digit_codes, fixed_text, letter_codes

_LETTERS = np.frombuffer(b"WABCDEFGHIJKLMNOPQRSTUV", np.uint8)  # the Irish check letters, by remainder modulo 23


def german_tax_ids(serials: Ints) -> pa.Array:
    """Steuer-Identifikationsnummern `(n,)` of serials below 29,393,280.

    Of ten digits one stands there twice, and here it comes first; the eleventh is a check digit.
    """
    order, rest = serials % 40_320, serials // 40_320
    rest, second, first = rest // 9, rest % 9, rest // 9 // 9 % 9 + 1
    absent = rest % 9
    left = np.array([[digit for digit in range(10) if digit != once] for once in range(10)])[first]
    left = _without(left, absent)
    body = np.empty((len(serials), 8), np.int64)
    for place in range(8):
        order, chosen = order // (8 - place), order % (8 - place)
        body[:, place] = left[np.arange(len(serials)), chosen]
        left = _without(left, chosen)
    places = np.arange(1, 10)[None, :]
    # The first digit stands again at `second` of the nine places that follow.
    source = np.where(places - 1 < second[:, None], places - 1, np.maximum(places - 2, 0))
    tail = np.where(places - 1 == second[:, None], first[:, None], np.take_along_axis(body, source.clip(0, 7), axis=1))
    return with_check_digit((np.hstack([first[:, None], tail]) + ord("0")).astype(np.uint8))


def with_check_digit(digits: NDArray[np.uint8]) -> pa.Array:
    """Numbers `(n,)` of ten digits `(n, 10)`, as ASCII codes, and a check digit by ISO 7064, MOD 11,10."""
    remainder = np.full(len(digits), 10, np.int64)
    for place in range(10):
        total = (digits[:, place] - ord("0") + remainder) % 10
        remainder = np.where(total == 0, 10, total) * 2 % 11
    check = (11 - remainder) % 10
    return fixed_text(np.hstack([digits, digit_codes(check, 1)]))


def _without(digits: NDArray[np.int64], place: Ints) -> NDArray[np.int64]:
    """Rows `(n, m)` without the digit at `place` `(n,)`: `(n, m - 1)`."""
    n, width = digits.shape
    return np.asarray(digits[np.arange(width)[None, :] != place[:, None]].reshape(n, width - 1))


def french_social_security_ids(is_female: Bools, birth_months: NDArray[np.datetime64], serials: Ints) -> pa.Array:
    """Numéros de sécurité sociale `(n,)`: sex, year, month, place, order and 97 minus the rest modulo 97."""
    months = birth_months.astype("datetime64[M]").astype(np.int64)
    year, month = (months // 12 + 1970) % 100, months % 12 + 1
    head = (1 + is_female) * 10**4 + year * 10**2 + month
    place = 1000 + serials % 94_000
    body = (head * 10**5 + place) * 10**3 + 1 + serials // 94_000 % 999
    return fixed_text(np.hstack([digit_codes(body, 13), digit_codes(97 - body % 97, 2)]))


def irish_service_numbers(serials: Ints) -> pa.Array:
    """Personal public service numbers `(n,)`: seven digits and a check letter (weights 8 to 2, modulo 23)."""
    digits = digit_codes(serials % 10_000_000, 7)
    total = (digits.astype(np.int64) - ord("0")) @ np.arange(8, 1, -1)
    return fixed_text(np.hstack([digits, _LETTERS[total % 23][:, None]]))


def german_ibans(serials: Ints) -> pa.Array:
    """IBANs `(n,)` of 22 characters: an eight-digit bank code and a ten-digit account."""
    return _iban("DE", digit_codes(50_010_000 + serials % 7 * 11, 8), digit_codes(serials, 10))


def french_ibans(serials: Ints) -> pa.Array:
    """IBANs `(n,)` of 27 characters, with the national key (97 - (89 bank + 15 branch + 3 account) modulo 97)."""
    bank, branch = np.full_like(serials, 30_004), 10 + serials % 83
    key = 97 - (89 * bank + 15 * branch + 3 * serials) % 97
    return _iban("FR", digit_codes(bank, 5), digit_codes(branch, 5), digit_codes(serials, 11), digit_codes(key, 2))


def irish_ibans(serials: Ints) -> pa.Array:
    """IBANs `(n,)` of 22 characters: a four-letter bank, a six-digit sort code and an eight-digit account."""
    n = len(serials)
    return _iban(
        "IE", letter_codes("DEMO", n), digit_codes(930_000 + serials // 10**8, 6), digit_codes(serials % 10**8, 8)
    )


def _iban(country: str, *parts: NDArray[np.uint8]) -> pa.Array:
    """Check digits by ISO 13616: 98 minus the number, with letters as 10-35, modulo 97."""
    account = np.hstack(parts)
    remainder = np.zeros(len(account), np.int64)
    for codes in (*account.T, *letter_codes(country + "00", len(account)).T):
        is_letter = codes >= ord("A")
        value = np.where(is_letter, codes.astype(np.int64) - ord("A") + 10, codes.astype(np.int64) - ord("0"))
        remainder = (remainder * np.where(is_letter, 100, 10) + value) % 97
    check = digit_codes(98 - remainder, 2)
    return fixed_text(np.hstack([letter_codes(country, len(account)), check, account]))


def phone_numbers(country: int, serials: Ints, style: int) -> pa.Array:
    """Mobile numbers `(n,)` of a country (0 Germany, 1 France, 2 Ireland), in one of three spellings."""
    code, length = (("+49", 11), ("+33", 9), ("+353", 9))[country]
    lead = (15_100_000_000, 640_000_000, 850_000_000)[country]
    digits = digit_codes(lead + serials, length)
    n = len(serials)
    prefix = letter_codes(code if style < 2 else code.replace("+", "00"), n)
    space = letter_codes(" ", n)
    if style == 0:
        return fixed_text(np.hstack([prefix, digits]))
    head = 3 if country == 0 else 2
    middle = letter_codes("-" if style == 2 else " ", n)
    return fixed_text(np.hstack([prefix, space, digits[:, :head], middle, digits[:, head:]]))
