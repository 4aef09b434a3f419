"""The views of `reporting` against a recount of the rows, and what is left out of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.integration.marts_of_a_small_bank import (
    N_PERSONS,
    begin_run,
    build_marts,
    context_of,
    person,
    popular_products,
)
from tests.integration.marts_of_a_small_bank import person_key as key_of
from tests.integration.refused_pairs import refused_pairs

from recsys.io.feedback_counts import count_feedback
from recsys.io.postgres import Database
from recsys.io.reporting import read_last_run, read_steps
from recsys.settings import Settings
from recsys.steps.check_recommendations import check_recommendations
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

SMALLEST = 5


def publish(home: Settings, database: Database, run_id: str) -> None:
    begin_run(home, database, run_id)
    build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    check_recommendations(context_of(home, database, run_id, "check_recommendations"))
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    publish(home, database, "first")
    return database


def figures(bank: Database, view: str) -> list[dict[str, Any]]:
    """What a BI tool reads."""
    with bank.connect("reporting") as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(f"select * from reporting.{view}".encode()).fetchall()


def lists_of(bank: Database, publication_id: int) -> dict[str, list[tuple[str, float]]]:
    """Products and scores of each person, in the order of their list."""
    with bank.connect("admin") as connection:
        rows = connection.execute(
            """
            select person_key::text, product_id, score from serving.recommendation_rows
            where publication_id = %s order by person_key, rank
            """,
            [publication_id],
        ).fetchall()
    lists: dict[str, list[tuple[str, float]]] = {}
    for key, product_id, score in rows:
        lists.setdefault(key, []).append((product_id, score))
    return lists


def told(n: int) -> int | None:
    """A count as it is told."""
    return n if n == 0 or n >= SMALLEST else None


def test_coverage_counts_who_has_a_list(bank: Database) -> None:
    lists = lists_of(bank, 1)
    (row,) = figures(bank, "publication_coverage")
    assert (row["n_persons"], row["n_with_list"], row["n_without"]) == (N_PERSONS, len(lists), N_PERSONS - len(lists))
    assert row["with_list_share"] == pytest.approx(len(lists) / N_PERSONS)
    assert row["n_rows"] == sum(map(len, lists.values()))
    assert row["n_short"] == sum(len(places) < row["top_n"] for places in lists.values())
    assert row["mean_length"] == pytest.approx(row["n_rows"] / len(lists))
    assert row["is_current"]
    assert row["is_kept"]
    assert row["mix_shift"] is None


def test_product_mix_equals_a_recount_and_leaves_out_what_few_get(bank: Database) -> None:
    lists = lists_of(bank, 1)
    rows = Counter(product_id for places in lists.values() for product_id, _ in places)
    first = Counter(places[0][0] for places in lists.values())
    mix = {row["product_id"]: row for row in figures(bank, "product_mix")}
    assert any(0 < n < SMALLEST for n in (*rows.values(), *first.values())), "the bank has a count that is too small"
    for product_id, row in mix.items():
        assert row["n_rows"] == told(rows[product_id])
        assert row["n_first"] == told(first[product_id])
        if row["n_rows"] is not None:
            assert row["rows_share"] == pytest.approx(rows[product_id] / rows.total())
        if row["n_first"] is not None:
            assert row["first_share"] == pytest.approx(first[product_id] / len(lists))
        assert row["previous_publication_id"] is None
        assert row["rows_share_change"] is None


def test_product_mix_is_compared_with_the_publication_before(home: Settings, bank: Database) -> None:
    with bank.connect("transform") as connection:
        connection.execute("update marts.dim_products set withdrawn_date = '2026-01-01' where product_id = 'savings'")
    home = home.model_copy(update={"max_mix_shift": 1.0, "max_churn": 1.0, "max_coverage_drop": 1.0})
    publish(home, bank, "second")
    before, after = (Counter(p for places in lists_of(bank, n).values() for p, _ in places) for n in (1, 2))
    mix = {row["product_id"]: row for row in figures(bank, "product_mix") if row["is_current"]}
    assert mix["savings"]["n_rows"] == 0
    assert mix["savings"]["rows_share_change"] == pytest.approx(-before["savings"] / before.total())
    assert mix["fund"]["previous_rows_share"] == pytest.approx(before["fund"] / before.total())
    assert mix["fund"]["rows_share_change"] == pytest.approx(
        after["fund"] / after.total() - before["fund"] / before.total()
    )
    coverage = {row["publication_id"]: row for row in figures(bank, "publication_coverage")}
    assert not coverage[1]["is_current"]
    n_moved = sum(abs(after[p] / after.total() - before[p] / before.total()) for p in before | after)
    assert coverage[2]["mix_shift"] == pytest.approx(n_moved / 2)


def test_eliminations_equal_a_recount_by_rule_and_product(bank: Database) -> None:
    pairs = refused_pairs(bank, 1)
    n_refused = Counter((pair[2], pair[1]) for pair in pairs)
    n_unknown = Counter((pair[2], pair[1]) for pair in pairs if pair[3])
    rows = {(row["rule"], row["product_id"]): row for row in figures(bank, "eliminations_by_rule")}
    assert rows.keys() == n_refused.keys()
    for place, row in rows.items():
        assert row["n_refused"] == told(n_refused[place])
        assert row["n_unknown"] == told(n_unknown[place])
        if row["n_known"] is not None:
            assert row["n_known"] == n_refused[place] - n_unknown[place]
        if row["refused_share"] is not None:
            assert row["refused_share"] == pytest.approx(n_refused[place] / N_PERSONS)
    assert any(row["n_refused"] is None for row in rows.values())
    persons = Counter(rule for _, rule in {(pair[0], pair[2]) for pair in pairs})
    by_rule = {row["rule"]: row["n_refused"] for row in figures(bank, "rules")}
    assert by_rule == {rule: told(n) for rule, n in persons.items()}


def test_a_part_is_never_told_where_the_rest_would_be_too_small(bank: Database) -> None:
    for row in figures(bank, "eliminations_by_rule"):
        if row["n_known"] is not None:
            assert told(row["n_known"]) is not None
            assert row["n_unknown"] is not None


def test_scores_are_counted_in_bins_of_equal_width(bank: Database) -> None:
    lists = lists_of(bank, 1)
    scores = [score for places in lists.values() for _, score in places]
    lowest, width = min(scores), (max(scores) - min(scores)) / 20
    expected: Counter[tuple[str, int]] = Counter()
    for places in lists.values():
        for product_id, score in places:
            expected[product_id, min(int((score - lowest) / width), 19) + 1] += 1
    rows = figures(bank, "score_distribution")
    assert {(row["product_id"], row["bin"]): row["n_rows"] for row in rows} == {
        place: told(n) for place, n in expected.items()
    }
    for row in rows:
        assert row["score_from"] == pytest.approx(lowest + (row["bin"] - 1) * width)
        assert row["score_to"] == pytest.approx(lowest + row["bin"] * width)


def test_segments_equal_a_recount(bank: Database) -> None:
    lists = lists_of(bank, 1)
    persons = Counter(person(number)["segment"] for number in range(N_PERSONS))
    served = Counter(person(n)["segment"] for n in range(N_PERSONS) if key_of(n) in lists)
    rows = {row["segment"]: row for row in figures(bank, "segments")}
    assert {segment: row["n_persons"] for segment, row in rows.items()} == persons
    for segment, row in rows.items():
        without = persons[segment] - served[segment]
        assert row["n_with_list"] == (served[segment] if told(without) is not None else None)
    first = Counter((person(n)["segment"], lists[key_of(n)][0][0]) for n in range(N_PERSONS) if key_of(n) in lists)
    for row in figures(bank, "segment_products"):
        assert row["n_first"] == told(first[row["segment"], row["product_id"]])


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        ({"a": 30, "b": 10, "c": 3}, {"a": 30, "b": None, "c": None}),
        ({"a": 30, "b": 3, "c": 2}, {"a": 30, "b": None, "c": None}),
        ({"a": 30, "b": 10, "c": 5}, {"a": 30, "b": 10, "c": 5}),
    ],
)
def test_segment_that_is_too_small_cannot_be_had_by_subtraction(
    bank: Database, sizes: dict[str, int], shown: dict[str, int | None]
) -> None:
    with bank.connect("admin") as connection:
        connection.execute("delete from serving.publication_segments")
        for segment, n_persons in sizes.items():
            connection.execute("insert into serving.publication_segments values (1, %s, %s)", [segment, n_persons])
    assert {row["segment"]: row["n_persons"] for row in figures(bank, "segments")} == shown


def test_a_bank_that_asks_for_more_persons_in_a_class_is_told_less(bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute("insert into ops.anonymity_reports (run_id, k, figures) values ('first', 1000, '{}')")
    assert {row["n_rows"] for row in figures(bank, "product_mix")} <= {None, 0}
    assert figures(bank, "segment_products") == []


def answer(bank: Database, numbers: range, kind: str, product_id: str = "fund", **more: Any) -> None:
    given = {"rating": None, "channel": "app", "publication_id": 1, "position": 1, "reason": None, **more}
    with bank.connect("admin") as connection:
        for number in numbers:
            connection.execute(
                """
                insert into ops.feedback (
                    customer_key, product_id, kind, rating, reason, channel, publication_id, position, occurred_at,
                    actor_role, request_hash, body_hash, item
                )
                values (
                    %(key)s, %(product_id)s, %(kind)s, %(rating)s, %(reason)s, %(channel)s, %(publication_id)s,
                    %(position)s, %(at)s, 'system', gen_random_uuid(), gen_random_uuid(), 0
                )
                """,
                {"key": key_of(number), "product_id": product_id, "kind": kind, "at": datetime.now(UTC), **given},
            )


def count(bank: Database, within: timedelta = timedelta(0)) -> datetime | None:
    with bank.connect("api") as connection:
        return count_feedback(connection, within)


def test_conversion_is_of_those_who_were_shown_it_with_wilsons_interval(bank: Database) -> None:
    answer(bank, range(20), "shown")
    answer(bank, range(8), "clicked")
    answer(bank, range(8), "clicked")
    answer(bank, range(2), "dismissed", reason="not_now")
    # Who takes it in a branch, and was never noted as shown it, was shown it.
    answer(bank, range(15, 25), "accepted", channel="branch")
    answer(bank, range(4), "shown", product_id="card", position=2)
    count(bank)
    (row,) = figures(bank, "conversion")
    assert row["product_name"] == "Fund"
    assert (row["n_shown"], row["n_clicked"], row["n_dismissed"], row["n_accepted"]) == (25, 8, None, 10)
    assert row["click_share"] == pytest.approx(8 / 25)
    assert row["conversion"] == pytest.approx(0.4)
    # Wilson's interval of 10 among 25, as in Newcombe (1998).
    assert row["conversion_lower"] == pytest.approx(0.2340, abs=5e-5)
    assert row["conversion_upper"] == pytest.approx(0.5926, abs=5e-5)
    (place,) = figures(bank, "conversion_by_position")
    assert (place["position"], place["n_shown"], place["n_clicked"], place["n_accepted"]) == (1, 25, 8, 10)


def test_feedback_tells_answers_and_customers_and_leaves_out_what_few_said(bank: Database) -> None:
    answer(bank, range(6), "rated", rating=4)
    answer(bank, range(6), "rated", rating=1)
    answer(bank, range(4), "rated", rating=5, channel="web")
    answer(bank, range(5), "clicked", publication_id=None, position=None)
    count(bank)
    rows = figures(bank, "feedback")
    said = {(row["kind"], row["channel"], row["publication_id"]): row for row in rows}
    assert said.keys() == {("rated", "app", 1), ("clicked", "app", None)}
    rated = said["rated", "app", 1]
    assert (rated["n_answers"], rated["n_customers"], rated["mean_rating"]) == (12, 6, 2.5)


def test_counting_again_replaces_what_was_counted_but_not_too_often(bank: Database) -> None:
    assert count(bank) is None
    answer(bank, range(6), "shown")
    first = count(bank)
    answer(bank, range(6, 9), "shown")
    assert count(bank, timedelta(hours=1)) == first
    assert [row["n_shown"] for row in figures(bank, "conversion")] == [6]
    assert count(bank) != first
    assert [row["n_shown"] for row in figures(bank, "conversion")] == [9]


def test_publishing_counts_answers(home: Settings, bank: Database) -> None:
    answer(bank, range(6), "shown")
    publish(home, bank, "second")
    assert [(row["publication_id"], row["is_current"]) for row in figures(bank, "conversion")] == [(1, False)]


def test_figures_of_a_retired_publication_go_with_its_rows(home: Settings, bank: Database) -> None:
    publish(home.model_copy(update={"kept_publications": 1}), bank, "second")
    assert {row["publication_id"] for row in figures(bank, "publication_coverage")} == {1, 2}
    for view in ("score_distribution", "segments", "segment_products", "eliminations_by_rule"):
        assert {row["publication_id"] for row in figures(bank, view)} == {2}, view


def test_model_history_tells_the_challengers_figures_and_no_name(bank: Database) -> None:
    with bank.connect("training") as connection:
        connection.execute(
            """
            insert into ops.step_runs (run_id, step, state, details) values ('first', 'train_models', 'succeeded', %s)
            """,
            [
                '{"mlflow_run_id": "t1", "as_of": "2026-06-30", "challenger": "trees", "candidates": {'
                '"trees": {"run_id": "c1", "ndcg_at_5": 0.5, "ndcg_gain": 0.2, "ndcg_gain_lower": 0.1,'
                ' "ndcg_gain_upper": 0.3}, "popularity": {"run_id": "c2", "ndcg_at_5": 0.3}}}'
            ],
        )
        connection.execute(
            "select ops.note_model_verdict('waiting', 2, 'trees', 1, 'popularity', 'first', 't1', '2026-06-30', 'won')"
        )
    with bank.connect("engineer") as connection:
        connection.execute("select ops.decide_on_model('approved', 2, 'Ada Lovelace', 'Ada says so')")
    history = sorted(figures(bank, "model_history"), key=itemgetter("decision_id"))
    assert [(row["decision"], row["is_by_gate"], row["why"]) for row in history] == [
        ("waiting", True, "won"),
        ("approved", False, None),
    ]
    assert "Ada" not in str(history)
    assert [row["is_champion"] for row in history] == [True, True]
    assert (history[0]["ndcg_at_5"], history[0]["ndcg_gain_lower"], history[0]["ndcg_gain_upper"]) == (0.5, 0.1, 0.3)
    metrics = {(row["candidate"], row["metric"]): row for row in figures(bank, "model_metrics")}
    assert metrics["popularity", "ndcg_at_5"]["value"] == 0.3
    assert metrics["trees", "ndcg_gain"]["candidate_run_id"] == "c1"


def test_step_timings_and_runs_tell_attempts_and_how_it_ended(bank: Database) -> None:
    with bank.connect("training") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values ('late', 'f', 5, 'never')")
        connection.execute(
            """
            insert into ops.step_runs (run_id, step, state, started_at, finished_at, row_count, peak_memory_bytes)
            values
            ('late', 'build_marts', 'failed', '2026-01-01 00:00', '2026-01-01 00:01', null, 2000000),
            ('late', 'build_marts', 'succeeded', '2026-01-01 00:02', '2026-01-01 00:04', 7, 3000000),
            ('late', 'check_marts', 'failed', '2026-01-01 00:04', '2026-01-01 00:05', null, null)
            """
        )
    steps = [row for row in figures(bank, "step_timings") if row["run_id"] == "late"]
    assert sorted((row["step"], row["attempt"], row["is_last_attempt"], row["seconds"]) for row in steps) == [
        ("build_marts", 1, False, 60),
        ("build_marts", 2, True, 120),
        ("check_marts", 1, True, 60),
    ]
    assert {row["peak_megabytes"] for row in steps} == {2, 3, None}
    states = {row["run_id"]: (row["state"], row["failed_step"]) for row in figures(bank, "runs")}
    assert states == {"first": ("unfinished", None), "late": ("failed", "check_marts")}
    checks = [(row["step"], row["state"]) for row in figures(bank, "checks") if row["run_id"] == "late"]
    assert checks == [("check_marts", "failed")]


def test_what_other_dags_do_is_not_taken_for_the_last_run_of_the_pipeline(bank: Database) -> None:
    with bank.connect("training") as connection:
        for run_id, step in (("daily", "publish_recommendations"), ("hourly", "privacy_requests")):
            connection.execute(
                "insert into ops.runs (run_id, feed, top_n, train, started_at) values (%s, 'f', 5, 'never', %s)",
                [run_id, "2100-01-01" if run_id == "daily" else "2100-01-02"],
            )
            connection.execute(
                "insert into ops.step_runs (run_id, step, state, finished_at) values (%s, %s, 'succeeded', now())",
                [run_id, step],
            )
    ran = {row["run_id"]: (row["dag"], row["state"]) for row in figures(bank, "runs")}
    assert ran["daily"] == ("recommendations", "published")
    assert ran["hourly"] == ("privacy_requests", "succeeded")
    with bank.connect("api") as connection:
        last = read_last_run(connection)
        assert last is not None
        assert last["run_id"] == "daily"
        assert [row["step"] for row in read_steps(connection)] == ["publish_recommendations"]


def test_loads_and_quarantined_rows_tell_what_came_in(bank: Database) -> None:
    with bank.connect("ingest") as connection:
        connection.execute(
            """
            insert into ops.loads (run_id, source, table_name, kind, n_read, n_kept, n_quarantined, fingerprint)
            values ('first', 'core', 'customers', 'sql', 200, 190, 10, 'x')
            """
        )
        connection.execute(
            """
            insert into ops.column_profiles (
                run_id, table_name, column_name, column_order, n_rows, n_missing, n_invalid, profile
            )
            values ('first', 'customers', 'birth_date', 1, 190, 0, '{"type": 7, "range": 3}', '{}')
            """
        )
    (load,) = figures(bank, "loads")
    assert (load["n_read"], load["quarantined_share"], load["is_committed"]) == (200, 0.05, False)
    assert sorted((row["rule"], row["n_rows"]) for row in figures(bank, "quarantined_rows")) == [
        ("range", 3),
        ("type", 7),
    ]


def test_nothing_in_reporting_looks_like_a_person(bank: Database) -> None:
    with bank.connect("admin") as connection:
        columns = connection.execute(
            """
            select columns.table_name, columns.column_name, columns.data_type
            from information_schema.columns as columns where columns.table_schema = 'reporting'
            """
        ).fetchall()
    assert len(columns) > 100
    assert [one for one in columns if one[2] == "uuid" or "customer_" in one[1] or "person_" in one[1]] == []


def test_every_view_and_column_says_what_it_is(bank: Database) -> None:
    with bank.connect("admin") as connection:
        silent = connection.execute(
            """
            select relations.relname, columns.attname
            from pg_class as relations
            inner join pg_attribute as columns on columns.attrelid = relations.oid and columns.attnum > 0
            where
                relations.relnamespace = 'reporting'::regnamespace
                and (obj_description(relations.oid) is null or col_description(relations.oid, columns.attnum) is null)
            """
        ).fetchall()
    assert silent == []


def test_who_reports_writes_nothing(bank: Database) -> None:
    with bank.connect("reporting") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select ops.count_feedback('0')")
