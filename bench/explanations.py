"""Publish three banks and write docs/explanations.md: what customers are told, beside what is known of them.

`python -m bench.explanations`: each bank has a home of its own under --homes, untuned; one with a publication is only
read. Reads the public data named by RECSYS_PUBLIC_DATA.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg import sql
from psycopg.rows import dict_row

from bench.banks import DEMO, PROJECT, TITLES, make_feed
from bench.installation import Installation
from bench.markers import table
from recsys.explanation.phrases import ENGLISH, phrases_in
from recsys.explanation.reason import AVAILABLE, HOLDS, MEANT, POPULAR, SPENDING, Reason
from recsys.explanation.sentences import sentence_of
from recsys.explanation.wording import sentence
from recsys.features.attributes import N_HOLDINGS, SHARE_PREFIX
from recsys.io.catalogue_words import read_currency
from recsys.io.marts import read_feature_blocks
from recsys.io.partitions import ROWS, partition
from recsys.io.publication_catalogue import read_publication_catalogue
from recsys.io.registry import load_champion
from recsys.settings import Settings
from recsys.steps.adviser import telling_for

PAGE = PROJECT / "docs" / "explanations.md"
GERMAN = "de"
# Phrases by bank in English, and of the demo bank once more in German.
N_SHOWN = {DEMO: 110, "scf": 75, "berka": 15}
N_GERMAN = 40
CUSTOMERS = "2000"
SEED = 7
_INTRODUCTION = """# Two hundred explanations

What customers of three banks are told of the products that they are offered, from real runs, written by
`python -m bench.explanations`: rows drawn at random (seed {seed}), products in turn, no two that say the same in the
same order of one product. Each stands beside what is known of the customer: the value, and the band or level that the
reason speaks of. `tests/unit/test_explanations_page.py` holds every band against its value. "More than most customers"
is told where at least three quarters of the customers spend a smaller share of their money on it; "a good part" is a
fifth or more, and at least half of the customers save less than that. Risk goes from 1 to 7, knowledge from 0 to 5.
"""


@dataclass(frozen=True)
class Told:
    """One row of a publication: the product, its reasons, and what is known of the person (a row of the marts)."""

    product: str
    reasons: tuple[Reason, ...]
    person: Mapping[str, Any]

    def words(self, language: str) -> str:
        """What the customer reads."""
        phrases = phrases_in(language)
        return sentence_of([sentence(reason, phrases) for reason in self.reasons], phrases)

    def facts(self) -> str:
        """What the words rest on."""
        return "; ".join(fact(reason, self.person) for reason in self.reasons)


def fact(reason: Reason, person: Mapping[str, Any]) -> str:
    """`annual_income 52,310 in [40000, 55000)`: the person's value and what the reason says of it."""
    if reason.topic in (POPULAR.topic, AVAILABLE.topic, MEANT):
        return reason.code
    name = reason.code.rpartition(":")[0]
    if reason.topic == HOLDS:
        product_id = reason.code.removeprefix("holds:")
        return f"holds {product_id} ({'yes' if product_id in person['held_product_ids'] else 'no'})"
    value = len(person["held_product_ids"]) if name == N_HOLDINGS.name else person[name]
    shown = f"{SPENDING} on {reason.value}" if name.startswith(SHARE_PREFIX) else name
    if reason.is_band:
        low = "-∞" if reason.low is None else f"{reason.low:g}"
        high = "∞" if reason.high is None else f"{reason.high:g}"
        return f"{shown} {value:g} in [{low}, {high})"
    if not isinstance(value, float | int):
        return f"{shown} {value} is {reason.value}"
    # The last level stands for all above.
    is_last = value > float(reason.value)
    return f"{shown} {value:g} in [{reason.value}, ∞)" if is_last else f"{shown} {value:g} is {reason.value}"


def main() -> None:
    """Publish what is not published yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=PROJECT / ".recsys" / "explanations")
    arguments = parser.parse_args()
    if "RECSYS_PUBLIC_DATA" not in os.environ:
        raise SystemExit("RECSYS_PUBLIC_DATA must name the folder with the public data sets scf2019 and berka.")
    data = Path(os.environ["RECSYS_PUBLIC_DATA"]).resolve()
    parts = [_INTRODUCTION.format(seed=SEED)]
    for bank, n_shown in N_SHOWN.items():
        installation = Installation(arguments.homes / bank)
        try:
            publish(installation, bank, data)
            drawn = draw(read_told(installation), n_shown)
        finally:
            installation.recsys("down")
        parts.append(f"## {TITLES[bank]}\n\n{_table(drawn, ENGLISH)}")
        if bank == DEMO:
            parts.append(f"## {TITLES[bank]}, in German\n\n{_table(drawn[:N_GERMAN], GERMAN)}")
    PAGE.write_text("\n\n".join(part.strip() for part in parts) + "\n")


def publish(installation: Installation, bank: str, data: Path) -> None:
    """A publication of the bank in its home, where there is none yet."""
    installation.recsys("up", "--database-only")
    with installation.database().connect("engineer") as connection:
        if connection.execute("select 1 from serving.current_publication").fetchone():
            return
    if bank == DEMO:
        feed = installation.home / "feeds" / DEMO
        installation.recsys("feed", DEMO, "--customers", CUSTOMERS, "--out", str(feed))
    else:
        feed = make_feed(installation, bank, data)
    installation.recsys("run", "--local", "--train", "always", "--feed", str(feed), RECSYS_TUNING_TRIALS="0")


def read_told(installation: Installation) -> list[Told]:
    """Every row of the publication that readers see."""
    publication = installation.publication()
    bundle = load_champion(Settings(home=installation.home)).bundle
    with installation.database().connect("publisher") as connection:
        catalogue = read_publication_catalogue(connection, publication["publication_id"])
        currency = read_currency(connection, publication["run_id"])
    reason_of = {reason.code: reason for reason in telling_for(bundle, catalogue, currency).reasons}
    encoder = bundle.encoder
    persons: dict[str, dict[str, Any]] = {}
    with installation.database().connect("publisher") as connection:
        blocks = read_feature_blocks(
            connection, publication["as_of"], encoder.spending_categories, declared=encoder.declared
        )
        for block in blocks:
            persons |= {row["person_key"]: row for row in pa.Table.to_pylist(block)}
        query = sql.SQL(
            """
            select
                rows.person_key::text, products.product_name,
                array(
                    select reasons.code
                    from unnest(rows.reason_ids) with ordinality as ids (reason_id, position)
                    inner join serving.reasons
                        on reasons.publication_id = rows.publication_id and reasons.reason_id = ids.reason_id
                    order by ids.position
                ) as codes
            from {rows} as rows
            inner join serving.products on products.product_id = rows.product_id
            order by rows.person_key, rows.rank
            """
        ).format(rows=partition(ROWS, publication["publication_id"]))
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(query).fetchall()
    return [
        Told(row["product_name"], tuple(reason_of[code] for code in row["codes"]), persons[row["person_key"]])
        for row in rows
    ]


def draw(told: list[Told], n: int) -> list[Told]:
    """`n` rows at random, products in turn, and no two that say the same of the same product."""
    chance = random.Random(SEED)
    shuffled = chance.sample(told, len(told))
    by_product: dict[str, list[Told]] = {}
    for one in {(one.product, one.words(ENGLISH)): one for one in reversed(shuffled)}.values():
        by_product.setdefault(one.product, []).append(one)
    return sorted(_in_turn(by_product, n), key=lambda one: one.product)


def _in_turn(by_product: Mapping[str, list[Told]], n: int) -> Iterator[Told]:
    left = n
    while left and any(by_product.values()):
        for product in sorted(by_product):
            if left and by_product[product]:
                left -= 1
                yield by_product[product].pop()


def _table(told: list[Told], language: str) -> str:
    return table(
        ["product", "what the customer reads", "what is known"],
        [[one.product, one.words(language), one.facts()] for one in told],
    )


if __name__ == "__main__":
    main()
