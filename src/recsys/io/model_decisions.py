"""`ops.model_decisions`: who decided which model serves. Rows are added by two functions and changed by nobody."""

from __future__ import annotations

from datetime import date

from psycopg.rows import class_row

from recsys.governance.decision_words import DecisionWords
from recsys.governance.decisions import DecisionKind, ModelDecision
from recsys.io.postgres import Connection


def read_decisions(connection: Connection) -> list[ModelDecision]:
    """All of them, the oldest first: a few each week."""
    with connection.cursor(row_factory=class_row(ModelDecision)) as cursor:
        return cursor.execute(
            """
            select
                decision_id, kind, model_version, recipe_kind, live_version, live_kind, run_id, training_run_id,
                data_date, why, decided_by, decided_at
            from ops.model_decisions
            order by decision_id
            """
        ).fetchall()


def read_verdict(connection: Connection, training_run_id: str) -> ModelDecision | None:
    """What the gate said of a training, None where it has not been asked."""
    return next((one for one in read_decisions(connection) if _is_verdict_on(one, training_run_id)), None)


def _is_verdict_on(decision: ModelDecision, training_run_id: str) -> bool:
    return decision.training_run_id == training_run_id and decision.kind in ("promoted", "refused", "waiting")


def note_verdict(
    connection: Connection,
    kind: DecisionKind,
    *,
    judged: tuple[int | None, str],
    live: tuple[int | None, str | None],
    run_id: str,
    training_run_id: str,
    data_date: date,
    why: str,
) -> None:
    """What the gate said of a training, as `training`; said again it is not written again.

    `judged` and `live` are version and kind: of the challenger, and of what serves from now on.
    """
    connection.execute(
        "select ops.note_model_verdict(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [kind, *judged, *live, run_id, training_run_id, data_date, why],
    )


def decide_on_model(connection: Connection, kind: DecisionKind, version: int, words: DecisionWords) -> None:
    """What a person decided, as `engineer`: `approved`, `rejected` or `rolled_back`."""
    connection.execute("select ops.decide_on_model(%s, %s, %s, %s)", [kind, version, words.by, words.because])


def read_deciders(connection: Connection) -> list[str]:
    """The names of everybody who has decided."""
    rows = connection.execute(
        "select distinct decided_by from ops.model_decisions where decided_by <> 'gate' order by decided_by"
    ).fetchall()
    return [row[0] for row in rows]


def read_last_comparison(connection: Connection, live_version: str, until: date) -> date | None:
    """Where the data ended, up to `until`, of the last training that this version has outlived as champion.

    Whoever goes back to a version knew the trainings that there were by then: they do not make the next one due.
    """
    row = connection.execute(
        """
        select max(decisions.data_date) from ops.model_decisions as decisions
        where
            decisions.data_date <= %(until)s and decisions.decided_by = 'gate'
            and (
                decisions.kind <> 'promoted' and decisions.live_version = %(version)s
                or decisions.decision_id < (
                    select max(back.decision_id) from ops.model_decisions as back
                    where back.kind = 'rolled_back' and back.live_version = %(version)s
                )
            )
        """,
        {"version": int(live_version), "until": until},
    ).fetchone()
    return row[0] if row else None
