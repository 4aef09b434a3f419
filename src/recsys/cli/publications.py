"""`recsys publications`, `recsys rollback` and `recsys recommend`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.io.serving import Elimination
    from recsys.ranking.catalogue import Product

app = typer.Typer()
_PANEL = "Runs and what they publish"


@app.command(rich_help_panel=_PANEL)
def publications(
    limit: Annotated[int, typer.Option(min=1, help="How many publications.")] = 20, as_json: Json = False
) -> None:
    """The newest publications; `>` marks the one that readers see."""
    from recsys.io.postgres import open_database
    from recsys.io.publications import read_publications

    with open_database(read_settings()).connect("engineer") as connection:
        found = read_publications(connection, limit)
    if as_json:
        say_json(found)
        return
    show_table(
        ["", "publication", "state", "model", "version", "as of", "persons", "rows", "published", "valid until", "run"],
        [_cells(publication) for publication in found],
    )


@app.command(rich_help_panel=_PANEL)
def rollback(
    to: Annotated[int | None, typer.Option(help="The publication to go back to; by default the one before.")] = None,
    as_json: Json = False,
) -> None:
    """Let readers see an earlier publication again, at once; the one that they leave stays."""
    from getpass import getuser

    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.publications import roll_back

    with open_database(read_settings()).connect("publisher") as connection, writer_lock(connection):
        left, current = roll_back(connection, getuser(), to)
    if as_json:
        say_json({"left": left["publication_id"], "current": current["publication_id"]})
        return
    say(
        f"Readers see publication {current['publication_id']} (data of {current['as_of']}, model version "
        f"{current['model_version']}) instead of {left['publication_id']}, until {_minute(current['valid_until'])}."
    )


@app.command(rich_help_panel=_PANEL)
def recommend(
    customer_id: Annotated[str, typer.Argument(help="The bank's own id of the customer.")], as_json: Json = False
) -> None:
    """What is published for one customer, why, and which rule took out every other product."""
    from dataclasses import asdict

    from recsys.io.postgres import open_database
    from recsys.io.serving import read_advice, read_catalogue_served

    with open_database(read_settings()).connect("downstream") as connection:
        recommendations, eliminations = read_advice(connection, customer_id)
        products = read_catalogue_served(connection)
    if as_json:
        told = [asdict(one) for one in eliminations]
        say_json({"customer_id": customer_id, "recommendations": recommendations, "eliminations": told})
        return
    _show_advice(recommendations, eliminations, products)


def _show_advice(
    recommendations: list[dict[str, Any]], eliminations: Sequence[Elimination], products: Mapping[str, Product]
) -> None:
    from recsys.explanation.phrases import phrases_in
    from recsys.explanation.sentences import sentence_of

    if recommendations:
        rows = [
            (
                row["rank"],
                row["product_name"],
                f"{row['score']:.3f}",
                sentence_of(row["reasons"], phrases_in(row["language"])),
            )
            for row in recommendations
        ]
        show_table(["rank", "product", "score", "why"], rows)
        first = recommendations[0]
        say(
            f"\nPublication {first['publication_id']}: data of {first['as_of']}, model version "
            f"{first['model_version']}, valid until {_minute(first['valid_until'])}."
        )
    else:
        say("No product is permitted.")
    if eliminations:
        say("\nNot offered:")
        show_table(["product", "rule", "why"], _refusals(eliminations, products))


def _refusals(eliminations: Sequence[Elimination], products: Mapping[str, Product]) -> Iterator[tuple[str, str, str]]:
    """A line per product and rule; the product's name where it begins."""
    from itertools import groupby

    from recsys.ranking.answer import Refusing, refusals_in_words

    for product_id, those in groupby(eliminations, lambda one: one.product_id):
        product = products[product_id]
        refusing = [Refusing(one.rule, one.is_unknown) for one in those]
        for number, (rule, words) in enumerate(refusals_in_words(product, refusing)):
            yield "" if number else product.product_name, rule, words


def _cells(publication: dict[str, Any]) -> list[object]:
    return [
        ">" if publication["is_current"] else "",
        publication["publication_id"],
        publication["state"],
        publication["model_name"],
        publication["model_version"],
        publication["as_of"],
        publication["n_persons"],
        publication["n_rows"],
        _minute(publication["published_at"]),
        _minute(publication["valid_until"]),
        publication["run_id"],
    ]


def _minute(at: Any) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
