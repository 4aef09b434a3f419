"""A feed whose customers differ in nothing but a column of the bank's own, which decides what they take."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

AS_OF = date(2026, 6, 30)
FIRST_OPENING = AS_OF - timedelta(days=400)
N_CUSTOMERS, N_PRODUCTS, N_TASTES = 600, 12, 4
MANIFEST = f"""
name = "own columns"
as_of = {AS_OF}
legal_basis = "legitimate_interest"
[columns.customers]
hobby = {{type = "text", class = "keep", purpose = "feature", label = "favourite pastime"}}
faith = {{type = "text", class = "keep", purpose = "audit"}}
card_id = {{type = "text", class = "pseudonymise", purpose = "feature"}}
last_visit = {{type = "date", class = "keep", purpose = "feature"}}
[columns.surveys]
mood = {{type = "integer", class = "keep", purpose = "feature", minimum = 1, maximum = 5}}
[columns.products]
brand = {{type = "text", class = "keep", purpose = "feature"}}
"""


def write_feed(folder: Path, *, with_hobby: bool = True, purpose: str = "feature") -> Path:
    """The feed in `folder`; `with_hobby` False leaves out what decides, `purpose` is what is declared for it."""
    folder.mkdir(parents=True)
    manifest = MANIFEST.replace('purpose = "feature", label', f'purpose = "{purpose}", label')
    if not with_hobby:
        manifest = "\n".join(line for line in manifest.splitlines() if not line.startswith("hobby"))
    (folder / "feed.toml").write_text(manifest)
    products = [f"p{number:02d},Product {number},other,brand {number // 3}" for number in range(N_PRODUCTS)]
    customers, holdings, surveys = [], [], []
    generator = np.random.default_rng(5)
    for number in range(N_CUSTOMERS):
        own = f"hobby {number % N_TASTES}," if with_hobby else ""
        customers.append(f"c{number},2020-01-01,2020-01-01,{own}faith {number % 2},L{number},2026-06-01")
        surveys.append(f"r{number},c{number},2026-06-01,{1 + number % 5}")
        holdings += _holdings(number, generator)
    hobby = "hobby," if with_hobby else ""
    tables = {
        "customers": (f"customer_id,registered_at,valid_from,{hobby}faith,card_id,last_visit", customers),
        "products": ("product_id,product_name,category,brand", products),
        "holdings": ("customer_id,product_id,opened_at", holdings),
        "surveys": ("response_id,customer_id,answered_at,mood", surveys),
    }
    for name, (header, rows) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


def _holdings(number: int, generator: np.random.Generator) -> list[str]:
    """Two products each, nine times out of ten of the taste's own three."""
    liking = np.full(N_PRODUCTS, 0.1 / (N_PRODUCTS - 3))
    liking[number % N_TASTES * 3 : number % N_TASTES * 3 + 3] = 0.9 / 3
    days = generator.integers(0, 401, 2)
    taken = generator.choice(N_PRODUCTS, 2, replace=False, p=liking)
    return [
        f"c{number},p{product:02d},{FIRST_OPENING + timedelta(days=int(day))}"
        for product, day in zip(taken, days, strict=True)
    ]
