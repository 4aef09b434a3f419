"""A feed of a few rows that keeps the contract, for tests to break in one place."""

from __future__ import annotations

from pathlib import Path

TEXTS = {
    "customers.csv": (
        "customer_id,registered_at,status,full_name,email,birth_date,national_id,annual_income\n"
        "c1,2020-01-05,active,Ada Lovelace,ada@example.org,1980-12-10,ID-1,52000.00\n"
        'c2,2021-03-01,active,"Hopper, Grace",grace@example.org,1975-12-09,ID-2,61000.50\n'
        "c3,2022-07-19,closed,Alan Turing,alan@example.org,1990-06-23,ID-3,\n"
    ),
    "products.csv": (
        "product_id,product_name,category,risk_class,countries\n"
        "p1,Current account,account,,AT|DE\n"
        "p2,World fund,fund,4,\n"
    ),
    "holdings.csv": (
        "customer_id,product_id,opened_at,closed_at,balance\n"
        "c1,p1,2020-01-05,,1200.00\n"
        "c1,p2,2023-02-01,,300.25\n"
        "c2,p1,2021-03-01,2024-01-01,0\n"
    ),
    "feed.toml": 'name = "small"\nas_of = 2024-12-31\n',
}


def write_small_feed(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """The small feed in `folder`; `changes` replaces files, adds them, or leaves out those that are None."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ({**TEXTS, **(changes or {})}).items():
        if content is not None:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def with_line(name: str, line: str) -> dict[str, str | bytes | None]:
    """The change that adds one line to a file of the small feed."""
    return {name: TEXTS[name] + line + "\n"}
