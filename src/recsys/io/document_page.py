"""A generated document as one page that is printed and signed: nothing in it is fetched, and it runs no script."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from recsys.documents import Document

_TEMPLATES = Path(__file__).with_name("templates")


def as_page(document: Document) -> str:
    """The page."""
    return _template().render(document=document)


def _marked(text: str) -> Markup:
    """Code and stress, as Markdown marks them; everything else is shown as it stands."""
    coded = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", coded))  # noqa: S704 - escaped above


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = _marked
    return environment.get_template("document.html.j2")
