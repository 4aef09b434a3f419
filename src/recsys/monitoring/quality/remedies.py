"""What to do about quarantined rows, by the rule that they break."""

from __future__ import annotations

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "type": "Have the source write the column as docs/feed.md shows it.",
    "required": "Have the source fill the column in, or leave the row out.",
    "max_length": "Shorten the text at the source; a text this long is often two columns run together.",
    "choice": "Map the source's codes to the values that the contract knows.",
    "range": "Correct the value at the source; an empty value is better than an impossible one.",
    "future_date": "Correct the date at the source, or the clock of the system that wrote it.",
    "unknown_reference": "Deliver the row that it refers to first, or correct the id.",
    "duplicate_key": "Deliver each row once; of rows with one key the first was kept.",
    "column_count": "Put texts that hold the separator, a quote or a line feed in quotes.",
    "encoding": "Write the file in UTF-8.",
    "json": "Write one JSON object on each line.",
}
OTHERWISE = "Compare the row with what was expected, and correct it at the source."


def remedy(rule: str) -> str:
    """One sentence for whoever owns the source."""
    return REMEDIES.get(rule, OTHERWISE)
