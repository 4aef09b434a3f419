"""`recsys why`: what became of one product for one customer."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.cli.console import Json, read_settings, say, say_json

app = typer.Typer()


@app.command(rich_help_panel="Runs and what they publish")
def why(
    customer_id: Annotated[str, typer.Argument(help="The bank's own id of the customer.")],
    product_id: Annotated[str, typer.Argument(help="The bank's own id of the product.")],
    as_json: Json = False,
) -> None:
    """Why a customer is offered a product, or is not: its place, or the rules that refuse it and what it asks for."""
    from getpass import getuser

    from recsys.io.advisor_decisions import taken_off
    from recsys.io.postgres import open_database
    from recsys.io.serving import read_answer, read_refusals

    database = open_database(read_settings())
    with database.connect("officer") as connection:
        refusals = read_refusals(connection, customer_id, getuser())
        decided = taken_off(connection, customer_id)
    with database.connect("downstream") as connection:
        answer = read_answer(connection, customer_id, product_id, refusals, decided)
    if as_json:
        say_json({"customer_id": customer_id, **answer.to_json()})
        return
    head, *rest = answer.lines()
    say(f"{answer.product.product_name} ({product_id}): {head}")
    for line in rest:
        say(f"  {line}")
