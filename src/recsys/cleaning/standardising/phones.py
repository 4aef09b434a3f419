"""Telephone numbers in the international form of ITU-T E.164."""

from __future__ import annotations

import numpy as np
import phonenumbers
import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_at, replace_distinct_by_country
from recsys.cleaning.standardising.international_numbers import read_international
from recsys.cleaning.standardising.suspects import not_matching

_STANDARD = r"^\+[1-9][0-9]{6,14}$"


def standard_phones(values: pa.Array, countries: pa.Array | None) -> pa.Array:
    """Numbers (n,) as `+4930123456`; a number without a country code is one of the row's country (alpha-2).

    What is no valid number there stays as it is: a wrong digit is for a person to mend. So does a number with an
    extension, which E.164 cannot hold.
    """
    places = np.flatnonzero(not_matching(values, _STANDARD))
    if not len(places):
        return values
    at = pa.array(places)
    read = read_international(values.take(at), None if countries is None else countries.take(at))
    known = read.is_valid().to_numpy(zero_copy_only=False)
    rest = np.zeros(len(values), dtype=bool)
    rest[places[~known]] = True
    values = replace_at(values, pa.array(places[known]), read.drop_null())
    return replace_distinct_by_country(values, countries, rest, standard_phone)


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
