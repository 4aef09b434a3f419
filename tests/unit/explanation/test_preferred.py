from __future__ import annotations

import pyarrow as pa

from recsys.explanation.preferred import by_default, language_numbers


def test_banks_own_language_comes_first() -> None:
    assert by_default("de") == ("de", "en")
    assert by_default("en") == ("en", "de")


def test_customer_reads_in_the_wanted_language_and_else_in_the_banks() -> None:
    wanted = pa.array(["de", "DE-at", "en", "fr", "", None, "d"], pa.string())
    assert language_numbers(wanted, ("en", "de")).tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert language_numbers(pa.nulls(2, pa.string()), ("de", "en")).tolist() == [0, 0]
    assert language_numbers(pa.chunked_array([wanted[:1], wanted[:0]]), ("en", "de")).tolist() == [1]
