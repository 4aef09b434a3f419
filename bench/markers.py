"""Generated parts of a document, between two comments that stay."""

from __future__ import annotations

from pathlib import Path


def replace_part(path: Path, name: str, text: str) -> None:
    """Write `text` between `<!-- name:begin -->` and `<!-- name:end -->` of the document at `path`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, _, rest = path.read_text().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{path} has no part {name}: it needs the lines {begin} and {end}.")
    path.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")


def with_verdict(figure: str, *, is_met: bool) -> str:
    """A figure beside its target; that one was missed is said in the same words everywhere."""
    return figure if is_met else f"{figure} (missed)"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
