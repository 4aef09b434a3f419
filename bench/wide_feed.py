"""A bank with many products, made up: latent taste that only columns of its own tell of, declared in `feed.toml`.

`python -m bench.wide_feed --customers 30000 --products 800 --out DIR`
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.contract import CUSTOMERS, HOLDINGS, PRODUCTS
from recsys.feed.manifest import Manifest
from recsys.feed.tables import feed_table
from recsys.io.feed_writer import FeedWriter, write_manifest

AS_OF = date(2026, 10, 31)
DAYS = 3 * 365
# Products of one category, and of one brand, are liked by the same customers.
CATEGORIES = ("account", "savings", "card", "loan", "fund", "insurance", "mortgage", "brokerage")
N_BRANDS, N_LIFESTYLES, N_TASTES = 40, 24, 12
MEAN_TAKEN = 5
_BLOCK = 5_000

LIFESTYLE = "lifestyle"


def _own(name: str, kind: Kind, purpose: Purpose = Purpose.FEATURE, **more: Any) -> Column:
    return Column(name, kind, Privacy.KEEP, purpose, name.replace("_", " ").capitalize(), raw_name=name, **more)


OF_CUSTOMERS = (
    _own(LIFESTYLE, Kind.TEXT),
    _own("weekly_visits", Kind.NUMBER, label="visits a week"),
    _own("digital_skill", Kind.INTEGER, minimum=0, maximum=5),
    _own("is_club_member", Kind.BOOLEAN),
    _own("favourite_colour", Kind.TEXT, Purpose.AUDIT),
)
OF_PRODUCTS = (_own("brand", Kind.TEXT),)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """How large, and by which chance."""

    n_customers: int
    n_products: int
    seed: int


def write_wide_feed(plan: Plan, folder: Path) -> dict[str, int]:
    """The feed in `folder`, the same for the same plan; rows by table."""
    chance = np.random.default_rng(plan.seed)
    likings, products = _products(plan, chance)
    with FeedWriter(folder, "csv") as writer:
        writer.write(PRODUCTS.name, products)
        for first in range(0, plan.n_customers, _BLOCK):
            numbers = np.arange(first, min(first + _BLOCK, plan.n_customers))
            tastes, customers = _customers(numbers, chance)
            writer.write(CUSTOMERS.name, customers)
            writer.write(HOLDINGS.name, _holdings(numbers, tastes, likings, chance))
    extras = {CUSTOMERS.name: OF_CUSTOMERS, PRODUCTS.name: OF_PRODUCTS}
    about = Manifest("wide", "EUR", AS_OF, legal_basis="legitimate_interest", extra_columns=extras)
    write_manifest(folder, about)
    return writer.rows


def _products(plan: Plan, chance: np.random.Generator) -> tuple[Floats, pa.Table]:
    """What each product offers to each taste and, last, how popular it is, (n_products, N_TASTES + 1); and its row."""
    numbers = np.arange(plan.n_products)
    category, brand = (
        chance.integers(0, len(CATEGORIES), plan.n_products),
        chance.integers(0, N_BRANDS, plan.n_products),
    )
    of_category, of_brand = (chance.normal(size=(n, N_TASTES)) for n in (len(CATEGORIES), N_BRANDS))
    offers = of_category[category] + of_brand[brand] + 0.5 * chance.normal(size=(plan.n_products, N_TASTES))
    # As in shops, few products are taken by many: Zipf's law.
    popularity = -0.8 * np.log1p(chance.permutation(plan.n_products))
    kinds = np.array(CATEGORIES)[category]
    rows = {
        "product_id": _named("P", numbers),
        "product_name": [f"{kind.capitalize()} {number}" for kind, number in zip(kinds, numbers, strict=True)],
        "category": kinds,
        "brand": _named("Brand ", brand),
    }
    return np.column_stack([offers, popularity]).astype(np.float32), feed_table(PRODUCTS, rows, OF_PRODUCTS)


def _customers(numbers: NDArray[np.int64], chance: np.random.Generator) -> tuple[Floats, pa.Table]:
    """The taste of each customer, (n, N_TASTES), most of which own columns tell; and the rows."""
    n = len(numbers)
    lifestyle, skill = chance.integers(0, N_LIFESTYLES, n), chance.integers(0, 6, n)
    visits, age = chance.gamma(2.0, 1.5, n), chance.integers(18, 85, n)
    is_member = chance.random(n) < 0.4
    # Which lifestyle likes what holds for all blocks of customers alike.
    of_lifestyle = np.random.default_rng(N_LIFESTYLES).normal(size=(N_LIFESTYLES, N_TASTES))
    tastes = of_lifestyle[lifestyle] + 0.5 * chance.normal(size=(n, N_TASTES))
    tastes[:, 0] += (skill - 2.5) / 2
    tastes[:, 1] += (visits - 3) / 2
    tastes[:, 2] += np.where(is_member, 1.0, -1.0)
    tastes[:, 3] += (age - 50) / 20
    rows = {
        "customer_id": _named("C", numbers),
        "registered_at": _days(chance.integers(0, 10 * 365, n) + DAYS),
        "valid_from": _days(np.full(n, 2 * DAYS)),
        "status": ["active"] * n,
        "country": np.array(["AT", "DE", "CH"])[chance.integers(0, 3, n)],
        "birth_date": [date(AS_OF.year - int(years), 1, 1) for years in age],
        "annual_income": np.round(chance.lognormal(10.5, 0.5, n), 2),
        LIFESTYLE: _named("lifestyle ", lifestyle),
        "weekly_visits": np.round(visits, 2),
        "digital_skill": skill,
        "is_club_member": is_member,
        "favourite_colour": np.array(["red", "green", "blue"])[chance.integers(0, 3, n)],
    }
    return tastes.astype(np.float32), feed_table(CUSTOMERS, rows, OF_CUSTOMERS)


def _holdings(numbers: NDArray[np.int64], tastes: Floats, likings: Floats, chance: np.random.Generator) -> pa.Table:
    """What each customer takes: the most wanted products, with the noise that makes it a draw (Gumbel)."""
    wanted = tastes @ likings[:, :-1].T / np.float32(np.sqrt(N_TASTES) / 2) + likings[:, -1]
    wanted += chance.gumbel(size=wanted.shape).astype(np.float32)
    counts = np.minimum(1 + chance.poisson(MEAN_TAKEN - 1, len(numbers)), len(likings))
    best = np.argsort(-wanted, axis=1)[:, : counts.max()]
    is_taken = np.arange(best.shape[1]) < counts[:, None]
    n_taken = int(counts.sum())
    rows = {
        "customer_id": _named("C", np.repeat(numbers, counts)),
        "product_id": _named("P", best[is_taken]),
        "opened_at": _days(chance.integers(0, DAYS, n_taken)),
    }
    return feed_table(HOLDINGS, rows)


def _named(prefix: str, numbers: NDArray[np.integer]) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(pa.array(numbers), pa.string()), "")


def _days(before: NDArray[np.integer]) -> pa.Array:
    """Days so many days before the feed ends."""
    return pa.array(np.datetime64(AS_OF, "D") - before.astype("timedelta64[D]"))


def main() -> None:
    """Write a feed as the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=30_000)
    parser.add_argument("--products", type=int, default=800)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rows = write_wide_feed(Plan(given.customers, given.products, given.seed), given.out)
    print(f"Feed written to {given.out}: {', '.join(f'{n:,} {name}' for name, n in rows.items())}")


if __name__ == "__main__":
    main()
