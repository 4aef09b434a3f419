"""What docs/performance.md says of publishing is measured by code that runs."""

from __future__ import annotations

from bench import publishing


def test_publishing_is_measured_with_what_a_customer_takes_on_disk() -> None:
    measured = publishing.measure(300)
    assert measured["rows"] > measured["customers"] == 300
    assert measured["eliminations"] > 0
    assert all(size > 0 for size in measured["bytes_per_row"].values())
    assert next(iter(measured["rows_per_second"])) == "recommendations, before keys"
