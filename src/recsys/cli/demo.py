"""`recsys demo`: everything once, from nothing to published recommendations."""

from __future__ import annotations

import shutil
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.console import hint, in_seconds, read_settings, say, show_table

if TYPE_CHECKING:
    from recsys.settings import Settings

app = typer.Typer()
_AS_OF = date(2026, 10, 31)
_N_SAMPLED = 3
_N_ADVISORS = 2


@app.command(rich_help_panel="The stack")
def demo(
    customers: Annotated[int, typer.Option(min=100, help="Size of the demo bank, when it is made.")] = 5_000,
) -> None:
    """Start everything, make the demo bank, run the pipeline in Airflow and show what was published."""
    from recsys.cli.run import new_run_id, run_in_airflow
    from recsys.cli.stack import show_sign_ins
    from recsys.io import stack
    from recsys.io.runs import run_of

    settings = read_settings()
    began = time.monotonic()
    stack.up(settings, hint)
    say(f"The stack is up after {in_seconds(time.monotonic() - began)}")
    feed = _make_feed(settings, customers)
    run_in_airflow(run_of(new_run_id(), feed, None, settings.top_n, "auto"), settings)
    customer_ids = _show_sample(settings)
    show_sign_ins()
    if not settings.oidc_issuer:
        _show_users(settings, Path(feed), customer_ids)


def _make_feed(settings: Settings, customers: int) -> str:
    """The demo bank of this home: the one that is there, or a new one, moved into place when it is complete."""
    from recsys.feed.demo.bank import Plan
    from recsys.io.demo_feed import write_demo_feed

    folder = settings.home / "feeds" / "demo"
    if folder.exists():
        say(f"The demo bank is there already: {folder}")
        return str(folder)
    say(f"Making a demo bank with {customers:,} customers")
    aside = folder.with_name("demo.making")
    shutil.rmtree(aside, ignore_errors=True)
    write_demo_feed(Plan(customers, settings.seed, _AS_OF), aside, "csv")
    aside.rename(folder)
    return str(folder)


def _show_sample(settings: Settings) -> list[str]:
    """A few customers' recommendations in words, read as the bank's own systems read them; who they are.

    Of customers who read in the bank's own language: so does, most likely, who looks at this.
    """
    from recsys.explanation.phrases import phrases_in
    from recsys.explanation.sentences import sentence_of
    from recsys.io.postgres import open_database
    from recsys.io.serving import read_sample

    with open_database(settings).connect("downstream") as connection:
        sample = read_sample(connection, _N_SAMPLED, settings.language)
    say("\nA sample of serving.recommendations:")
    customer = None
    for row in sample:
        if row["customer_id"] != customer:
            customer = row["customer_id"]
            say(f"\n  Customer {customer}")
        why = sentence_of(row["reasons"], phrases_in(row["language"]))
        say(f"    {row['rank']}. {row['product_name']} (score {row['score']:.3f}): {why}")
    return list(dict.fromkeys(row["customer_id"] for row in sample))


def _show_users(settings: Settings, feed: Path, customer_ids: list[str]) -> None:
    """New users of the pages and of the REST API, with passwords that nobody can look up again.

    One of the customers is of the first advisor's portfolio, so that both sides of a conversation can be seen.
    """
    from recsys.io.accounts import replace_accounts
    from recsys.io.demo_accounts import demo_accounts, largest_portfolios
    from recsys.io.postgres import open_database
    from recsys.io.serving import find_listed
    from recsys.io.stack import api_url

    portfolios = largest_portfolios(feed, _N_ADVISORS)
    first = next(iter(portfolios), "")
    with open_database(settings).connect("downstream") as connection:
        advised = find_listed(connection, portfolios.get(first, []))
    shown = dict.fromkeys([*([advised] if advised else []), *customer_ids])
    accounts = demo_accounts(list(shown), list(portfolios))
    passwords = replace_accounts(settings.home, accounts)
    say(f"\nWho may sign in at {api_url(settings)}, and with which scope. These passwords are shown once, and another")
    say("`recsys demo` makes new ones:")
    rows = [
        (who.name, f"{who.scope} of {first}" if advised and who.name == advised else who.scope, passwords[who.name])
        for who in accounts
    ]
    show_table(("user", "scope", "password"), rows)
