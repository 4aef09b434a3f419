"""How long the steps of the last run took, and what its load brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recsys.api.pages.operations.figure import Figure, Table
from recsys.api.pages.operations.voice import Voice
from recsys.io.postgres import Connection
from recsys.io.reporting import read_loads, read_steps
from recsys.monitoring.plots.bars import Bar, bars
from recsys.monitoring.plots.look import Look, Told


def state_name(voice: Voice, state: str) -> str:
    """How a run, a step or a check stands."""
    _ = voice.gettext
    names = {
        "running": _("running"),
        "succeeded": _("succeeded"),
        "failed": _("failed"),
        "published": _("published"),
        "unfinished": _("unfinished"),
    }
    return names.get(state, state)


def step_timings(connection: Connection, voice: Voice) -> Figure | None:
    """The steps of the last run, against how long they usually take."""
    _ = voice.gettext
    rows = read_steps(connection)
    ended = [row for row in rows if row["seconds"] is not None]
    if not ended:
        return None
    longest, total = max(ended, key=lambda row: row["seconds"]), sum(row["seconds"] for row in ended)
    title = _("The steps of the last run took %(time)s, %(step)s alone %(share)s of it") % {
        "time": voice.seconds(total),
        "step": longest["step"],
        "share": voice.share(longest["seconds"] / total if total else 0.0, 0),
    }
    note = _("Bar: the last run. Line: the median of up to ten runs before.")
    table = Table(
        _("Steps of the last run"),
        (_("Step"), _("State"), _("Duration"), _("Usually"), _("Rows"), _("Most memory")),
        [
            (
                row["step"],
                state_name(voice, row["state"]),
                voice.seconds(row["seconds"]),
                voice.seconds(row["usual_seconds"]),
                "" if row["n_rows"] is None else voice.number(row["n_rows"]),
                "" if row["peak_megabytes"] is None else f"{voice.number(row['peak_megabytes'])} MB",
            )
            for row in rows
        ],
        frozenset({2, 3, 4, 5}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        shown = [Bar(row["step"], row["seconds"], voice.seconds(row["seconds"]), row["usual_seconds"]) for row in ended]
        return bars(shown, told, look)

    return Figure("step-timings", Told(title, note), table, "step_timings", draw)


def quarantined(connection: Connection, voice: Voice) -> Figure | None:
    """Rows that broke the contract, by table, against the load before."""
    _ = voice.gettext
    rows = read_loads(connection)
    if not rows:
        return None
    n_read, n_bad = sum(row["n_read"] for row in rows), sum(row["n_quarantined"] for row in rows)
    worst = max(rows, key=lambda row: row["share"] or 0)
    title = _("%(share)s of the rows of the last load broke the contract, most often in %(table)s") % {
        "share": voice.share(n_bad / n_read if n_read else 0.0, 2),
        "table": worst["table_name"],
    }
    if not n_bad:
        title = _("No row of the last load broke the contract")
    note = _("Bar: share of the rows that were put aside. Line: in the load before.")
    table = Table(
        _("Rows of the last load"),
        (_("Table"), _("Rows read"), _("Rows kept"), _("Put aside"), _("Share"), _("Nothing new")),
        [
            (
                row["table_name"],
                voice.number(row["n_read"]),
                voice.number(row["n_kept"]),
                voice.number(row["n_quarantined"]),
                voice.share(row["share"] or 0.0, 2),
                voice.number(row["n_repeated"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4, 5}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        shown = [
            Bar(row["table_name"], row["share"] or 0.0, voice.share(row["share"] or 0.0, 2), row["last_share"])
            for row in rows
        ]
        return bars(shown, told, look)

    return Figure("quarantined", Told(title, note), table, "loads", draw)
