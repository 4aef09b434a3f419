"""A generated document: one content, as Markdown and, elsewhere, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its columns, and rows of as many texts; `code` are the columns whose texts are names in code."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    code: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences, and tables below them."""

    heading: str
    sentences: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. `facts` are name and value of what holds for all of it; `picture` shows the page of a run."""

    title: str
    introduction: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    picture: str = ""


def as_markdown(document: Document) -> str:
    """The document for a repository."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {document.title}", "", document.introduction, "")
    if document.picture:
        yield from (f"![{document.title}, as the page of a run on the demo bank]({document.picture})", "")
    if document.facts:
        yield from (f"- **{name}**: {value}" for name, value in document.facts)
        yield ""
    for section in document.sections:
        yield from (f"## {section.heading}", "")
        for sentence in section.sentences:
            yield from (sentence, "")
        for grid in section.grids:
            yield from _table(grid)
            yield ""


def _table(grid: Grid) -> Iterator[str]:
    yield f"| {' | '.join(grid.columns)} |"
    yield f"|{'|'.join('---' for _ in grid.columns)}|"
    for row in grid.rows:
        cells = [f"`{text}`" if place in grid.code and text else text for place, text in enumerate(row)]
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
