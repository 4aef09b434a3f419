"""What of a demo bank's planted personal data can still be read outside the boundary: `python -m bench.privacy.leaks`.

The search is the tests' own and knows nothing of how texts are redacted.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.end_to_end.planted_values import VARIANTS, Leak, Outcome, Planting, count_planted, find_leaks

from bench.installation import Installation
from bench.markers import replace_part, table
from recsys.settings import Settings

TARGET = Path(__file__).parents[2] / "docs" / "privacy.md"
NAMES = {"full name": "own names", "other customer": "other customers' names", "outsider name": "third parties' names"}
NUMBERS = "addresses and numbers"


def measure(customers: int) -> str:
    """The part of the page: a new demo bank goes through every step, then everything it left is searched."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        feed = installation.home / "feeds" / "demo"
        installation.recsys("feed", "demo", "--customers", str(customers), "--out", str(feed))
        try:
            installation.recsys("run", "--local", "--feed", str(feed))
            settings = Settings(home=installation.home)
            return page(customers, count_planted(settings, feed / "truth"), find_leaks(settings, feed / "truth"))
        finally:
            installation.recsys("down")


def page(customers: int, outcomes: Mapping[Planting, Outcome], leaks: Sequence[Leak]) -> str:
    """The table by variant, and what the search of everything found."""
    columns = [*NAMES.values(), NUMBERS]
    cells: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for planting, outcome in outcomes.items():
        cells[planting.variant, NAMES.get(planting.kind, NUMBERS)].append(outcome)
    rows = [[variant, *(_cell(cells[variant, column]) for column in columns)] for variant in VARIANTS]
    places = Counter(leak.kind for leak in leaks)
    found = ", ".join(f"{kind.replace('_', ' ')}: {count}" for kind, count in places.items()) or "none"
    return "\n".join(
        [
            f"Rows of `raw` of a demo bank of {customers:,} customers in which a value was planted, by how it was",
            "written, and in how many of them it can still be read:",
            "",
            table(["written", *columns], rows),
            "",
            f"Values of customers found in any table, file, log or artifact outside the boundary: {found}.",
        ]
    )


def _cell(outcomes: Sequence[Outcome]) -> str:
    planted, left = (sum(counts) for counts in zip(*outcomes, strict=True)) if outcomes else (0, 0)
    return f"{left} of {planted:,}" if planted else ""


def main() -> None:
    """Measure, write the part and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2_000)
    text = measure(parser.parse_args().customers)
    print(text)
    replace_part(TARGET, "leaks", text)


if __name__ == "__main__":
    main()
