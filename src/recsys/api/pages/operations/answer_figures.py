"""What customers did with what they were shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recsys.api.pages.operations.figure import Figure, Table
from recsys.api.pages.operations.voice import Voice
from recsys.io.postgres import Connection
from recsys.io.reporting import read_conversion, read_conversion_by_position
from recsys.monitoring.plots.bars import Bar, bars
from recsys.monitoring.plots.intervals import Estimate, intervals
from recsys.monitoring.plots.look import Look, Told


def conversion(connection: Connection, voice: Voice) -> Figure | None:
    """Who took a product, of those who were shown it."""
    _ = voice.gettext
    rows = read_conversion(connection)
    shown = [row for row in rows if row["conversion"] is not None]
    if not shown:
        return None
    first = shown[0]
    title = _("%(product)s is taken most often: by %(share)s of %(n)s customers who were shown it") % {
        "product": first["product_name"],
        "share": voice.share(first["conversion"]),
        "n": voice.number(first["n_shown"]),
    }
    note = _(
        "Point: who took it, of those who were shown it in publication %(publication)s. Line: how far off that may be. "
        "Products that too few took are left out."
    ) % {"publication": first["publication_id"]}
    table = Table(
        _("What customers who were shown a product did"),
        (
            _("Product"),
            _("Shown"),
            _("Clicked"),
            _("Dismissed"),
            _("Applied"),
            _("Taken"),
            _("Conversion"),
            _("Confidence interval"),
        ),
        [
            (
                row["product_name"],
                voice.number(row["n_shown"]),
                voice.number(row["n_clicked"]),
                voice.number(row["n_dismissed"]),
                voice.number(row["n_applied"]),
                voice.number(row["n_accepted"]),
                voice.share(row["conversion"]),
                ""
                if row["conversion"] is None
                else f"{voice.share(row['conversion_lower'])} – {voice.share(row['conversion_upper'])}",
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4, 5, 6, 7}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        estimates = [
            Estimate(
                row["product_name"],
                row["conversion"],
                row["conversion_lower"],
                row["conversion_upper"],
                voice.share(row["conversion"]),
            )
            for row in shown
        ]
        return intervals(estimates, ".0%", told, look)

    return Figure("conversion", Told(title, note), table, "conversion", draw)


def clicks_by_position(connection: Connection, voice: Voice) -> Figure | None:
    """How many look closer at what stands where."""
    _ = voice.gettext
    rows = read_conversion_by_position(connection)
    shown = [row for row in rows if row["n_clicked"] is not None]
    if not shown:
        return None
    title = _("At place %(place)s %(share)s look closer") % {
        "place": shown[0]["position"],
        "share": voice.share(shown[0]["n_clicked"] / shown[0]["n_shown"]),
    }
    note = _("Recommendations that were clicked, of those that were shown at this place of a list.")
    table = Table(
        _("Clicks by place in the list"),
        (_("Place"), _("Shown"), _("Clicked"), _("Taken")),
        [
            (
                str(row["position"]),
                voice.number(row["n_shown"]),
                voice.number(row["n_clicked"]),
                voice.number(row["n_accepted"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        return bars(
            [
                Bar(
                    _("Place %(place)s") % {"place": row["position"]},
                    row["n_clicked"] / row["n_shown"],
                    voice.share(row["n_clicked"] / row["n_shown"]),
                )
                for row in shown
            ],
            told,
            look,
        )

    return Figure("clicks-by-position", Told(title, note), table, "conversion_by_position", draw)
