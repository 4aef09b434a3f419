"""`serving.publications` and the pointer that readers follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.errors import NotFoundError, RunError
from recsys.explanation.phrases import phrases_in
from recsys.explanation.reason import Reason
from recsys.explanation.wording import is_told, sentence
from recsys.io.partitions import drop_aside
from recsys.io.postgres import Connection
from recsys.ranking.tally import Tally
from recsys.types import JSON

Publication = dict[str, Any]
_OF_ITS_ROWS = (
    "elimination_sets",
    "elimination_counts",
    "score_counts",
    "segment_products",
    "publication_segments",
    "publication_products",
)


def create_publication(
    connection: Connection,
    run_id: str,
    *,
    model_name: str,
    model_version: str,
    rules_version: str,
    as_of: date,
    top_n: int,
    adjustments: Mapping[str, JSON],
) -> int:
    """Begin a publication of `run_id`. What earlier attempts left unpublished goes, also what a gate refused to runs
    that are no longer current and can never publish it.
    """
    for (publication_id,) in connection.execute(
        """
        delete from serving.publications
        where
            state in ('building', 'checked')
            and (run_id = %s or run_id not in (select run_id from ops.current_run))
        returning publication_id
        """,
        [run_id],
    ).fetchall():
        drop_aside(connection, publication_id)
    row = connection.execute(
        """
        insert into serving.publications
        (run_id, model_name, model_version, rules_version, as_of, top_n, adjustments, state)
        values (%s, %s, %s, %s, %s, %s, %s, 'building') returning publication_id
        """,
        [run_id, model_name, model_version, rules_version, as_of, top_n, Jsonb(dict(adjustments))],
    ).fetchone()
    assert row is not None
    return int(row[0])


def write_tally(connection: Connection, publication_id: int, tally: Tally) -> None:
    """Keep what was counted while scoring."""
    connection.execute(
        """
        update serving.publications
        set n_persons = %s, n_rows = %s, n_eliminations = %s, counts = %s
        where publication_id = %s
        """,
        [tally.n_persons, tally.n_rows, tally.n_eliminations, Jsonb(tally.counts()), publication_id],
    )


def write_reasons(
    connection: Connection, publication_id: int, reasons: Sequence[Reason], languages: Sequence[str]
) -> None:
    """Keep the sentences that the rows point to by number: all of the first language, then all of the next.

    What customers are not told has a number and no sentence.
    """
    statement = "copy serving.reasons (publication_id, reason_id, language, code, sentence) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for number, (language, reason) in enumerate(product(languages, reasons)):
            if is_told(reason):
                words = sentence(reason, phrases_in(language))
                copy.write_row([publication_id, number, language, reason.code, words])


def read_reasons(connection: Connection, publication_id: int) -> dict[int, tuple[str, str]]:
    """Language and sentence of each reason, by its number in rows of the publication."""
    rows = connection.execute(
        "select reason_id, language, sentence from serving.reasons where publication_id = %s", [publication_id]
    ).fetchall()
    return {number: (language, sentence) for number, language, sentence in rows}


def read_publication(connection: Connection, run_id: str) -> Publication:
    """The newest publication of a run. Raises `RunError` where nothing was scored."""
    found = _read(connection, "run_id = %s order by publication_id desc limit 1", [run_id])
    if found is None:
        raise RunError(f"Run {run_id} has scored nobody yet.", remedy="Run score_customers first.")
    return found


def read_kept_publication(connection: Connection, publication_id: int | None) -> Publication:
    """A publication whose rows are still there, by default the one that readers see.

    Raises `NotFoundError` where there is none.
    """
    if publication_id is None:
        found = read_current_publication(connection)
    else:
        found = _read(connection, "publication_id = %s and state = 'published'", [publication_id])
    if found is None:
        name = "Nothing was published yet" if publication_id is None else f"Publication {publication_id} is not kept"
        raise NotFoundError(f"{name}.", remedy="`recsys publications` lists what is kept; `recsys run` publishes.")
    return found


def read_current_publication(connection: Connection) -> Publication | None:
    """What readers see now, None before the first publication."""
    return _read(connection, "publication_id = (select publication_id from serving.current_publication)", [])


def is_published(connection: Connection) -> bool:
    """Whether there is something that readers see."""
    return connection.execute("select from serving.current_publication").fetchone() is not None


def read_publications(connection: Connection, limit: int) -> list[Publication]:
    """The newest publications; `is_current` marks the one that readers see."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            select publications.*, current_publication.publication_id is not null as is_current
            from serving.publications
            left join serving.current_publication using (publication_id)
            order by publications.publication_id desc limit %s
            """,
            [limit],
        ).fetchall()


def mark_checked(connection: Connection, publication_id: int, facts: dict[str, Any]) -> None:
    """Let a publication pass to publishing, with the figures that it was checked by."""
    connection.execute(
        """
        update serving.publications set state = 'checked', counts = counts || %s
        where publication_id = %s and state in ('building', 'checked')
        """,
        [Jsonb({"checks": facts}), publication_id],
    )


def mark_published(connection: Connection, publication_id: int, valid_for: timedelta) -> None:
    """Set when it was published and until when it is served."""
    connection.execute(
        """
        update serving.publications
        set state = 'published', published_at = now(), valid_until = now() + %s where publication_id = %s
        """,
        [valid_for, publication_id],
    )


def point_to(connection: Connection, publication_id: int) -> None:
    """Move the pointer: from the commit on, readers see this publication and no other."""
    connection.execute(
        """
        insert into serving.current_publication (publication_id) values (%s)
        on conflict (is_only) do update set publication_id = excluded.publication_id
        """,
        [publication_id],
    )


def publish_customers(connection: Connection, publication_id: int) -> int:
    """Keep who is whom in this publication, whatever a later feed says, and return how many customers changed."""
    row = connection.execute("select serving.publish_customers(%s)", [publication_id]).fetchone()
    assert row is not None
    return int(row[0])


def refresh_products(connection: Connection) -> None:
    """Take over the catalogue; a product that it no longer lists counts as withdrawn from today."""
    connection.execute(
        """
        insert into serving.products (product_id, product_name, category, withdrawn_at, consent_purpose)
        select product_id, product_name, category, withdrawn_date, consent_purpose from marts.dim_products
        on conflict (product_id) do update
        set
            product_name = excluded.product_name,
            category = excluded.category,
            withdrawn_at = excluded.withdrawn_at,
            consent_purpose = excluded.consent_purpose
        """
    )
    connection.execute(
        """
        update serving.products set withdrawn_at = current_date
        where not exists (select 1 from marts.dim_products where dim_products.product_id = products.product_id)
            and (withdrawn_at is null or withdrawn_at > current_date)
        """
    )


def find_rollback(connection: Connection, current: Publication, wanted: int | None) -> Publication:
    """The publication to go back to: the one that is `wanted`, or the newest before the current one.

    Raises `NotFoundError` where it is not kept or no longer valid.
    """
    which: LiteralString = "publication_id < %s" if wanted is None else "publication_id = %s"
    found = _read(
        connection,
        which + " and state = 'published' and valid_until > now() order by publication_id desc limit 1",
        [current["publication_id"] if wanted is None else wanted],
    )
    if found is None:
        name = f"Publication {wanted}" if wanted else f"A publication before {current['publication_id']}"
        raise NotFoundError(
            f"{name} is not kept or no longer valid.",
            remedy="`recsys publications` lists them; `recsys run` makes a new one.",
        )
    return found


def roll_back(connection: Connection, asked_by: str, wanted: int | None = None) -> tuple[Publication, Publication]:
    """Point readers to an earlier publication, note who asked, and return the two: left, and now current.

    Raises `NotFoundError` where there is none to go back to.
    """
    left = read_current_publication(connection)
    if left is None:
        raise NotFoundError("Nothing was published yet.", remedy="`recsys run` publishes.")
    found = find_rollback(connection, left, wanted)
    point_to(connection, found["publication_id"])
    connection.execute(
        "insert into ops.audit_log (action, subject, details) values ('rollback', %s, %s)",
        [str(found["publication_id"]), Jsonb({"from": left["publication_id"], "asked_by": asked_by})],
    )
    return left, found


def read_outdated(connection: Connection, n_kept: int) -> list[int]:
    """Publications beyond the newest `n_kept` that were published, never the current one; retired ones whose tables
    a killed step left behind are among them.
    """
    rows = connection.execute(
        """
        select publication_id from serving.publications
        where
            publication_id not in (
                select publication_id from serving.publications
                where state = 'published' order by publication_id desc limit %s
            )
            and publication_id not in (select publication_id from serving.current_publication)
            and (
                state = 'published'
                or state = 'retired'
                and coalesce(
                    to_regclass('serving.recommendation_rows_p' || publication_id),
                    to_regclass('serving.elimination_rows_p' || publication_id)
                ) is not null
            )
        order by publication_id
        """,
        [n_kept],
    ).fetchall()
    return [row[0] for row in rows]


def mark_retired(connection: Connection, publication_id: int) -> None:
    """A retired publication keeps its row and counts, but nobody can be pointed to it any more, and what explains its
    rows goes with them.
    """
    connection.execute("update serving.publications set state = 'retired' where publication_id = %s", [publication_id])
    for table in _OF_ITS_ROWS:
        connection.execute(
            sql.SQL("delete from {} where publication_id = %s").format(sql.Identifier("serving", table)),
            [publication_id],
        )


def _read(connection: Connection, condition: LiteralString, params: list[Any]) -> Publication | None:
    query = sql.SQL("select * from serving.publications where {}").format(sql.SQL(condition))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, params).fetchone()
