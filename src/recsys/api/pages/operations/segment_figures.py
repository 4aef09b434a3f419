"""What segments are offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from recsys.api.pages.operations.figure import Figure, Table
from recsys.api.pages.operations.voice import Voice
from recsys.io.postgres import Connection
from recsys.io.reporting import Row, read_segment_products, read_segments
from recsys.monitoring.plots.bars import Bar, bars
from recsys.monitoring.plots.look import Look, Told
from recsys.monitoring.plots.stacked import Part, stacked

_NAMED_PRODUCTS = 5


def segment_coverage(connection: Connection, voice: Voice) -> Figure | None:
    """How many persons of each segment have a list."""
    _ = voice.gettext
    rows = read_segments(connection)
    shown = [row for row in rows if row["with_list_share"] is not None]
    if not shown:
        return None
    least = min(shown, key=lambda row: row["with_list_share"])
    title = _("“%(segment)s” is reached least: %(share)s of its persons have a list") % {
        "segment": _name(voice, least),
        "share": voice.share(least["with_list_share"]),
    }
    table = Table(
        _("Persons with a list by segment"),
        (_("Segment"), _("Persons"), _("With a list"), _("Share")),
        [
            (
                _name(voice, row),
                voice.number(row["n_persons"]),
                voice.number(row["n_with_list"]),
                voice.share(row["with_list_share"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        return bars(
            [Bar(_name(voice, row), row["with_list_share"], voice.share(row["with_list_share"])) for row in shown],
            told,
            look,
        )

    note = _("Share of the persons of a segment who have at least one recommendation.")
    return Figure("segment-coverage", Told(title, note), table, "segments", draw)


def segment_products(connection: Connection, voice: Voice) -> Figure | None:
    """Which product is first for how many of a segment."""
    _ = voice.gettext
    rows = [row for row in read_segment_products(connection) if row["first_share"]]
    if not rows:
        return None
    clearest = max(rows, key=lambda row: row["first_share"])
    title = _("“%(segment)s” agrees most: %(product)s is first in %(share)s of its lists") % {
        "segment": _name(voice, clearest),
        "product": clearest["product_name"],
        "share": voice.share(clearest["first_share"], 0),
    }
    table = Table(
        _("First products by segment"),
        (_("Segment"), _("Product"), _("First in lists"), _("Share")),
        [
            (_name(voice, row), row["product_name"], voice.number(row["n_first"]), voice.share(row["first_share"]))
            for row in rows
        ],
        frozenset({2, 3}),
    )
    others = _("Others")

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        named = _most_named(rows)
        parts = []
        for segment in dict.fromkeys(_name(voice, row) for row in rows):
            mine = [row for row in rows if _name(voice, row) == segment]
            shares = {row["product_name"]: row["first_share"] for row in mine if row["product_name"] in named}
            rest = max(0.0, 1 - sum(shares.values()))
            parts += [
                Part(segment, name, shares[name], voice.share(shares[name], 0)) for name in named if name in shares
            ]
            parts.append(Part(segment, others, rest, voice.share(rest, 0)))
        return stacked(parts, [*named, others], told, look, rest=others)

    note = _("Share of the persons of a segment who have a list, by the product that is first in it.")
    return Figure("segment-products", Told(title, note), table, "segment_products", draw)


def _most_named(rows: Sequence[Row]) -> list[str]:
    """The products that are first for most persons of all segments, as many as colours can tell apart."""
    n_first: Counter[str] = Counter()
    for row in rows:
        n_first[row["product_name"]] += row["n_first"]
    return [name for name, _ in n_first.most_common(_NAMED_PRODUCTS)]


def _name(voice: Voice, row: Row) -> str:
    return str(row["segment"]) if row["segment"] is not None else voice.gettext("not known")
