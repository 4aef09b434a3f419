from __future__ import annotations

import numpy as np
import phonenumbers
import pyarrow as pa
import pytest

from recsys.cleaning.standardising.international_numbers import read_international
from recsys.cleaning.standardising.phones import standard_phone

REGIONS = ["DE", "FR", "IE", "GB", "US", "IT", "AT", "CH", "NL", "ES", "PL", "AR", "RU", "BR", "MX", "FI", "SG", "HU"]


def spellings(region: str) -> list[str]:
    """Numbers of `region`: its examples, and others that begin alike, of which many are not valid."""
    rng = np.random.default_rng(11)
    code = phonenumbers.country_code_for_region(region)
    found = []
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        example = phonenumbers.national_significant_number(phonenumbers.example_number_for_type(region, kind))
        for n_kept in range(len(example) + 1):
            for more in (-1, 0, 0, 0, 0, 0, 1):
                digits = "".join(map(str, rng.integers(0, 10, max(0, len(example) - n_kept + more))))
                found += [f"+{code} {example[:n_kept]}-{digits}", f"00{code}{example[:n_kept]} {digits}"]
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_whole_columns_are_read_as_phonenumbers_reads_each_number(region: str) -> None:
    phones = spellings(region)
    read = read_international(pa.array(phones), pa.array([region] * len(phones))).to_pylist()
    for phone, e164 in zip(phones, read, strict=True):
        assert e164 is None or e164 == standard_phone(phone, region), phone


@pytest.mark.parametrize("region", ["DE", "FR", "IE", "NL", "ES", "AT"])
def test_valid_mobile_numbers_of_large_neighbours_need_no_library_call(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    spelled = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert read_international(pa.array([spelled, "030 123456"]), None).to_pylist() == [e164, None]


def test_double_zero_leads_abroad_only_where_it_is_dialled_so() -> None:
    phones = pa.array(["0049 151 23456789"] * 3)
    read = read_international(phones, pa.array(["FR", "US", None]))
    assert read.to_pylist() == ["+4915123456789", None, None]
