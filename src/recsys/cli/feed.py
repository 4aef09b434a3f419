"""`recsys feed`: make a feed from the demo generator or from public files, and look at one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import Json, StepProgress, say, say_json, show_table
from recsys.cli.feed_check import check, page
from recsys.types import Progress, no_progress

app = typer.Typer(help="Make feeds, and check them against the contract.", no_args_is_help=True)
app.command()(check)
app.command()(page)


class Format(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


Out = Annotated[Path, typer.Option("--out", help="Folder for the feed; files in it of the same names are replaced.")]
FileFormat = Annotated[Format, typer.Option("--format", help="How the tables are written.")]


@app.command()
def demo(
    out: Out,
    customers: Annotated[int, typer.Option(min=1, help="Registrations, second ones included.")] = 5_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same bank.")] = 7,
    transactions_per_customer: Annotated[int, typer.Option(min=1, help="About so many in two years.")] = 100,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day of the data.")] = datetime(
        2026, 10, 31
    ),
    file_format: FileFormat = Format.CSV,
    as_json: Json = False,
) -> None:
    """A synthetic retail bank with 24 products, planted personal data, duplicates and dirt; the truth is in truth/."""
    from recsys.feed.demo.bank import Plan
    from recsys.io.demo_feed import write_demo_feed

    plan = Plan(customers, seed, as_of.date(), transactions_per_customer)
    _report(out, write_demo_feed(plan, out, file_format.value, _progress(as_json)), as_json)


Source = Annotated[Path, typer.Argument(help="Folder that holds the public files.")]


@app.command()
def berka(source: Source, out: Out, file_format: FileFormat = Format.CSV, as_json: Json = False) -> None:
    """A real Czech bank (PKDD'99): accounts, cards, loans, permanent orders, with dates and transactions."""
    from recsys.feed.berka import adapt
    from recsys.io.feed_writer import write_feed
    from recsys.io.public_data import read_berka

    _report(out, write_feed(adapt(read_berka(source)), out, file_format.value), as_json)


@app.command()
def scf(source: Source, out: Out, file_format: FileFormat = Format.CSV, as_json: Json = False) -> None:
    """The US Survey of Consumer Finances 2019: what households own, their goals and risk attitude; no dates."""
    from recsys.feed.scf import adapt
    from recsys.io.feed_writer import write_feed
    from recsys.io.public_data import read_scf

    _report(out, write_feed(adapt(read_scf(source)), out, file_format.value), as_json)


@app.command()
def santander(source: Source, out: Out, file_format: FileFormat = Format.CSV, as_json: Json = False) -> None:
    """One month of Santander's product data: 24 products, no dates."""
    from recsys.feed.santander import adapt
    from recsys.io.feed_writer import write_feed
    from recsys.io.public_data import read_santander

    _report(out, write_feed(adapt(read_santander(source)), out, file_format.value), as_json)


def _progress(as_json: bool) -> Progress:
    return no_progress if as_json else StepProgress()


def _report(out: Path, rows: dict[str, int], as_json: bool) -> None:
    if as_json:
        say_json({"feed": str(out), "rows": rows})
        return
    say(f"Feed written to {out}")
    show_table(("table", "rows"), sorted(rows.items()))
