"""How fast personal data is kept out, into `docs/privacy.md`: `python -m bench.privacy.speed`.

The same measurements as in `docs/performance.md`, without the others there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench import anonymising, redacting
from bench.installation import machine
from bench.markers import replace_part, table
from bench.performance import anonymising_rows

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
HEADER = ["part", "measured", "target", "next to it, in the same run"]


def main() -> None:
    """Measure, write the part and print it."""
    rows = [*anonymising_rows(anonymising.measure(2_000_000)), *redacting.part_rows(redacting.measure(50_000))]
    text = f"Measured on {datetime.now(UTC).date()}: {machine()}.\n\n{table(HEADER, rows)}"
    replace_part(PAGE, "speed", text)
    print(text)


if __name__ == "__main__":
    main()
