"""The figures of `reporting`, as the page of operations shows them: of what is read now, of the last run and load."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg.rows import dict_row

from recsys.io.postgres import Connection
from recsys.io.publication_catalogue import as_product
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.rule_reach import Reach, ReachWarning, reach_warnings

# A row by the names of its view's columns, which docs/reporting.md describes.
Row = dict[str, Any]
_SHOWN_DECISIONS, _SHOWN_RUNS, _USUAL_RUNS = 12, 20, 10


def read_current_coverage(connection: Connection) -> Row | None:
    """The publication that readers see; None before the first."""
    rows = _read(connection, "select * from reporting.publication_coverage where is_current")
    return rows[0] if rows else None


def read_coverages(connection: Connection) -> list[Row]:
    """The newest publications, newest first."""
    return _read(connection, "select * from reporting.publication_coverage order by publication_id desc limit 10")


def read_product_mix(connection: Connection) -> list[Row]:
    """Of the publication that is read, the most frequent product first."""
    query: LiteralString = """
        select * from reporting.product_mix where is_current order by rows_share desc nulls last, product_name
    """
    return _read(connection, query)


def read_rules(connection: Connection) -> list[Row]:
    """Of the publication that is read, the rule that refuses something to most persons first."""
    query: LiteralString = "select * from reporting.rules where is_current order by n_refused desc nulls last, rule"
    return _read(connection, query)


def read_eliminations(connection: Connection) -> list[Row]:
    """Of the publication that is read, by rule and product."""
    query: LiteralString = """
        select * from reporting.eliminations_by_rule where is_current order by product_name, product_id, rule
    """
    return _read(connection, query)


def read_scores(connection: Connection) -> list[Row]:
    """Of the publication that is read, by product and bin."""
    return _read(connection, "select * from reporting.score_distribution where is_current order by product_name, bin")


def read_segments(connection: Connection) -> list[Row]:
    """Of the publication that is read, the largest first."""
    query: LiteralString = """
        select * from reporting.segments where is_current order by n_persons desc nulls last, segment
    """
    return _read(connection, query)


def read_segment_products(connection: Connection) -> list[Row]:
    """Of the publication that is read, by segment, the product that is first for most of it first."""
    query: LiteralString = """
        select * from reporting.segment_products where is_current
        order by segment nulls last, n_first desc nulls last, product_name
    """
    return _read(connection, query)


def read_far_rules(connection: Connection, max_share: float) -> list[ReachWarning]:
    """Rules that leave a product of the publication that is read to nearly nobody, the most refused first."""
    reaches = [
        Reach(row["rule"], row["product_id"], row["n_refused"], row["n_unknown"] or 0, row["n_persons"])
        for row in read_eliminations(connection)
        if row["n_refused"] is not None
    ]
    sold = connection.execute("select product_id, limits from serving.catalogue order by position").fetchall()
    catalogue = Catalogue(tuple(as_product(product_id, limits) for product_id, limits in sold))
    return reach_warnings(sorted(reaches, key=lambda one: -one.n_refused), catalogue, max_share)


def read_conversion(connection: Connection) -> list[Row]:
    """Of the newest publication that was answered, the product that was taken most often first."""
    query: LiteralString = """
        select * from reporting.conversion
        where publication_id = (select max(publication_id) from reporting.conversion)
        order by conversion desc nulls last, n_shown desc, product_name
    """
    return _read(connection, query)


def read_conversion_by_position(connection: Connection) -> list[Row]:
    """Of the newest publication that was answered, by place."""
    query: LiteralString = """
        select * from reporting.conversion_by_position
        where publication_id = (select max(publication_id) from reporting.conversion_by_position)
        order by position
    """
    return _read(connection, query)


def read_answers(connection: Connection) -> list[Row]:
    """How many answers of each kind came by each channel to the lists of all publications."""
    query: LiteralString = """
        select kind, channel, cast(sum(n_answers) as bigint) as n_answers, max(counted_at) as counted_at
        from reporting.feedback group by kind, channel order by kind, channel
    """
    return _read(connection, query)


def read_model_history(connection: Connection) -> list[Row]:
    """The newest decisions, newest first."""
    query: LiteralString = "select * from reporting.model_history order by decision_id desc limit %s"
    return _read(connection, query, _SHOWN_DECISIONS)


def read_champion(connection: Connection) -> Row | None:
    """The latest decision that let serve what serves now; None before there was any."""
    query: LiteralString = """
        select * from reporting.model_history
        where is_champion and live_version = model_version order by decision_id desc limit 1
    """
    rows = _read(connection, query)
    return rows[0] if rows else None


def read_candidates(connection: Connection) -> list[Row]:
    """The candidates of the newest training with what they gain over what is popular, the best first."""
    query: LiteralString = """
        select
            candidate,
            candidate_run_id,
            training_run_id,
            data_date,
            is_challenger,
            max(value) filter (where metric = 'ndcg_at_5') as ndcg_at_5,
            max(value) filter (where metric = 'ndcg_gain') as ndcg_gain,
            max(value) filter (where metric = 'ndcg_gain_lower') as ndcg_gain_lower,
            max(value) filter (where metric = 'ndcg_gain_upper') as ndcg_gain_upper,
            max(value) filter (where metric = 'coverage_at_5') as coverage_at_5
        from reporting.model_metrics
        where training_run_id = (
            select training_run_id from reporting.model_history order by data_date desc, decision_id desc limit 1
        )
        group by candidate, candidate_run_id, training_run_id, data_date, is_challenger
        order by ndcg_at_5 desc nulls last, candidate
    """
    return _read(connection, query)


def read_runs(connection: Connection) -> list[Row]:
    """The newest runs, newest first."""
    return _read(connection, "select * from reporting.runs order by started_at desc limit %s", _SHOWN_RUNS)


def read_last_run(connection: Connection) -> Row | None:
    """The newest run of the pipeline, whatever other DAGs ran since; None before the first."""
    query: LiteralString = """
        select * from reporting.runs where dag = 'recommendations' order by started_at desc limit 1
    """
    return next(iter(_read(connection, query)), None)


def read_steps(connection: Connection) -> list[Row]:
    """The last attempt at each step of the newest run of the pipeline.

    `usual_seconds` is the median of earlier runs.
    """
    query: LiteralString = """
        with newest as (
            select run_id from reporting.runs where dag = 'recommendations' order by started_at desc limit 1
        ),

        earlier as (
            select run_id from reporting.runs
            where dag = 'recommendations' and run_id not in (select run_id from newest)
            order by started_at desc limit %s
        ),

        usual as (
            select step, percentile_cont(0.5) within group (order by seconds) as seconds
            from reporting.step_timings
            where run_id in (select run_id from earlier) and is_last_attempt and state = 'succeeded'
            group by step
        )

        select timings.*, usual.seconds as usual_seconds
        from reporting.step_timings as timings
        left join usual on usual.step = timings.step
        where timings.run_id in (select run_id from newest) and timings.is_last_attempt
        order by timings.started_at, timings.step
    """
    return _read(connection, query, _USUAL_RUNS)


def read_loads(connection: Connection) -> list[Row]:
    """What the newest run took in by table, with the share that the load before put aside as `last_share`."""
    query: LiteralString = """
        with tables as (
            select
                run_id,
                table_name,
                max(loaded_at) as loaded_at,
                cast(sum(n_read) as bigint) as n_read,
                cast(sum(n_kept) as bigint) as n_kept,
                cast(sum(n_quarantined) as bigint) as n_quarantined,
                cast(sum(n_repeated) as bigint) as n_repeated
            from reporting.loads
            where kind <> 'quarantine'
            group by run_id, table_name
        ),

        compared as (
            select
                tables.*,
                n_quarantined::float8 / nullif(n_read, 0) as share,
                lag(n_quarantined::float8 / nullif(n_read, 0)) over (partition by table_name order by loaded_at)
                as last_share
            from tables
        )

        select * from compared
        where run_id = (select run_id from reporting.loads order by loaded_at desc limit 1)
        order by table_name
    """
    return _read(connection, query)


def read_quarantined(connection: Connection) -> list[Row]:
    """Why rows of the newest load were put aside, what broke most first."""
    query: LiteralString = """
        select * from reporting.quarantined_rows
        where run_id = (select run_id from reporting.loads order by loaded_at desc limit 1)
        order by n_rows desc, table_name, column_name, rule
    """
    return _read(connection, query)


def read_checks(connection: Connection) -> list[Row]:
    """The newest checks, newest first."""
    return _read(connection, "select * from reporting.checks order by finished_at desc nulls first limit 9")


def _read(connection: Connection, query: LiteralString, *params: Any) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, params or None).fetchall()
