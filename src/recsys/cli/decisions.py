"""`recsys explain` and `recsys suitability`: the record of one decision, and the statement that goes with advice."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import Json, read_settings, say, say_json

app = typer.Typer()
_PANEL = "Runs and what they publish"

Customer = Annotated[str, typer.Argument(help="The bank's own id of the customer.")]
ProductId = Annotated[str, typer.Argument(help="The product's id.")]
PublicationId = Annotated[
    int | None, typer.Option("--publication", help="A kept publication; by default the one that readers see.")
]


@app.command(rich_help_panel=_PANEL)
def explain(
    customer_id: Customer,
    product_id: ProductId,
    publication: PublicationId = None,
    page: Annotated[Path | None, typer.Option(help="Write a page to print to this file.")] = None,
    as_json: Json = False,
) -> None:
    """The record of one decision, offered or not, from stored facts, and computed again from them. Audited.

    Ends with 1 where score or rank do not come out again.
    """
    from recsys.documents import as_markdown
    from recsys.governance.decision_record import build_record
    from recsys.io.document_page import as_page
    from recsys.steps.decision import DecisionReader

    record = DecisionReader(read_settings(), publication).read(customer_id, getuser()).record(product_id)
    if as_json:
        say_json(record.to_json())
    elif page is None:
        typer.echo(as_markdown(build_record(record)), nl=False)
    else:
        page.write_text(as_page(build_record(record)))
        say(f"Written to {page}.")
    if not record.reckoning.agrees:
        raise typer.Exit(1)


@app.command(rich_help_panel=_PANEL)
def suitability(
    customer_id: Customer,
    product_id: ProductId,
    publication: PublicationId = None,
    out: Annotated[Path | None, typer.Option(help="Write the statement as a page to this file.")] = None,
) -> None:
    """The suitability statement of one recommended investment (MiFID II art. 25(6)), from stored facts. Audited."""
    from recsys.documents import as_markdown
    from recsys.io.document_page import as_page
    from recsys.steps.decision import DecisionReader

    statement = DecisionReader(read_settings(), publication).read(customer_id, getuser()).statement(product_id)
    if out is None:
        typer.echo(as_markdown(statement), nl=False)
        return
    out.write_text(as_page(statement))
    say(f"Written to {out}.")
