"""`recsys privacy record` and `recsys privacy impact`: what a data-protection officer keeps and signs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recsys.cli.console import read_settings, say

Page = Annotated[
    Path | None, typer.Option("--page", help="Write a page to print, with this installation's figures, to this file.")
]


def record(page: Page = None) -> None:
    """The record of processing (GDPR art. 30): who, what, why, how long, to whom. Markdown, or a page to print."""
    _show("record", page)


def impact(page: Page = None) -> None:
    """The data-protection impact summary (GDPR art. 35): what may go wrong and what is done. Markdown, or a page."""
    _show("impact", page)


def _show(name: str, page: Path | None) -> None:
    from recsys.documents import as_markdown
    from recsys.io.document_page import as_page
    from recsys.io.postgres import open_database
    from recsys.steps.privacy_documents import privacy_document

    settings = read_settings()
    document = privacy_document(name, settings, open_database(settings), with_facts=page is not None)
    if page is None:
        typer.echo(as_markdown(document), nl=False)
        return
    page.write_text(as_page(document))
    say(f"Written to {page}.")
