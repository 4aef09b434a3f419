"""Telephone numbers in the international form of ITU-T E.164."""

from __future__ import annotations

import phonenumbers
import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_distinct_by_country
from recsys.cleaning.standardising.suspects import not_matching

_STANDARD = r"^\+[1-9][0-9]{6,14}$"


def standard_phones(values: pa.Array, countries: pa.Array | None) -> pa.Array:
    """Numbers (n,) as `+4930123456`; a number without a country code is one of the row's country (alpha-2).

    What is no valid number there stays as it is: a wrong digit is for a person to mend. So does a number with an
    extension, which E.164 cannot hold.
    """
    return replace_distinct_by_country(values, countries, not_matching(values, _STANDARD), standard_phone)


def standard_phone(phone: str, country: str | None) -> str:
    """One number of a customer who lives in `country`."""
    text = phone.strip()
    if country not in phonenumbers.SUPPORTED_REGIONS:
        country = None
        # The prefix of the ITU's members for abroad, in whose name nobody else speaks here.
        text = f"+{text[2:]}" if text.startswith("00") else text
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return phone
    if number.extension or not phonenumbers.is_valid_number(number):
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
