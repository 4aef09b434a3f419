"""What models gain over what is popular: the champions so far, and the candidates of the last training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recsys.api.pages.operations.figure import Figure, Table
from recsys.api.pages.operations.voice import Voice
from recsys.io.postgres import Connection
from recsys.io.reporting import Row, read_candidates, read_model_history
from recsys.monitoring.plots.intervals import Estimate, intervals
from recsys.monitoring.plots.look import Look, Told


def decision_name(voice: Voice, decision: str) -> str:
    """What became of a model."""
    _ = voice.gettext
    names = {
        "promoted": _("promoted"),
        "refused": _("refused"),
        "waiting": _("waits for approval"),
        "approved": _("approved"),
        "rejected": _("rejected"),
        "rolled_back": _("put back"),
    }
    return names.get(decision, decision)


def model_name(voice: Voice, row: Row) -> str:
    """A version and its kind; the kind alone where it was never registered."""
    if row["model_version"] is None:
        return str(row["model_kind"])
    return voice.gettext("Version %(version)s, %(kind)s") % {
        "version": row["model_version"],
        "kind": row["model_kind"],
    }


def model_history(connection: Connection, voice: Voice) -> Figure | None:
    """What the challengers of the last trainings gained, and what became of them."""
    _ = voice.gettext
    rows = [row for row in read_model_history(connection) if row["is_by_gate"] and row["ndcg_gain"] is not None]
    if not rows:
        return None
    newest = rows[0]
    title = _("The last challenger, %(model)s, beats what is popular by %(gain)s NDCG@5: %(decision)s") % {
        "model": newest["model_kind"],
        "gain": voice.score(newest["ndcg_gain"]),
        "decision": decision_name(voice, newest["decision"]),
    }
    note = _("Gain in NDCG@5 over what is popular, and how far off it may be. Second colour: refused or waiting.")
    table = Table(
        _("Challengers of the last trainings"),
        (_("Model"), _("Data until"), _("Decision"), _("NDCG@5"), _("Gain"), _("Confidence interval")),
        [
            (
                model_name(voice, row),
                voice.day(row["data_date"]),
                decision_name(voice, row["decision"]),
                voice.score(row["ndcg_at_5"]),
                voice.score(row["ndcg_gain"]),
                _interval(voice, row),
            )
            for row in rows
        ],
        frozenset({3, 4, 5}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        estimates = [
            Estimate(
                f"{row['data_date'].isoformat()} {row['model_kind']}",
                row["ndcg_gain"],
                row["ndcg_gain_lower"],
                row["ndcg_gain_upper"],
                decision_name(voice, row["decision"]),
                is_other=row["decision"] != "promoted",
            )
            for row in rows
            if row["ndcg_gain_lower"] is not None
        ]
        return intervals(estimates, ".2f", told, look)

    return Figure("model-history", Told(title, note), table, "model_history", draw)


def candidates(connection: Connection, voice: Voice) -> Figure | None:
    """Every candidate of the last training against what is popular."""
    _ = voice.gettext
    rows = [row for row in read_candidates(connection) if row["ndcg_gain"] is not None]
    if not rows:
        return None
    title = _("Best of %(n)s candidates: %(model)s, %(gain)s NDCG@5 over what is popular") % {
        "n": voice.number(len(rows)),
        "model": rows[0]["candidate"],
        "gain": voice.score(rows[0]["ndcg_gain"]),
    }
    note = _(
        "Gain in NDCG@5 over what is popular, and how far off it may be. Second colour: the challenger, which the gate "
        "judged."
    )
    table = Table(
        _("Candidates of the last training"),
        (_("Candidate"), _("NDCG@5"), _("Gain"), _("Confidence interval"), _("Products offered")),
        [
            (
                row["candidate"],
                voice.score(row["ndcg_at_5"]),
                voice.score(row["ndcg_gain"]),
                _interval(voice, row),
                voice.share(row["coverage_at_5"], 0) if row["coverage_at_5"] is not None else "",
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        estimates = [
            Estimate(
                row["candidate"],
                row["ndcg_gain"],
                row["ndcg_gain_lower"],
                row["ndcg_gain_upper"],
                voice.score(row["ndcg_gain"]),
                is_other=row["is_challenger"],
            )
            for row in rows
            if row["ndcg_gain_lower"] is not None
        ]
        return intervals(estimates, ".2f", told, look)

    return Figure("candidates", Told(title, note), table, "model_metrics", draw)


def _interval(voice: Voice, row: Row) -> str:
    if row["ndcg_gain_lower"] is None:
        return ""
    return f"{voice.score(row['ndcg_gain_lower'])} – {voice.score(row['ndcg_gain_upper'])}"
