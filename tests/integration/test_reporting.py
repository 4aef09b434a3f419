"""The views of `reporting` against a recount of the rows, and what is left out of them."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from tests.integration.marts_of_a_small_bank import (
    N_PERSONS,
    build_marts,
    person,
)
from tests.integration.marts_of_a_small_bank import person_key as key_of
from tests.integration.refused_pairs import refused_pairs
from tests.integration.reported_bank import SMALLEST, figures, publish, told

from recsys.io.postgres import Database
from recsys.settings import Settings


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    publish(home, database, "first")
    return database


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


def test_figures_of_a_retired_publication_go_with_its_rows(home: Settings, bank: Database) -> None:
    publish(home.model_copy(update={"kept_publications": 1}), bank, "second")
    assert {row["publication_id"] for row in figures(bank, "publication_coverage")} == {1, 2}
    for view in ("score_distribution", "segments", "segment_products", "eliminations_by_rule"):
        assert {row["publication_id"] for row in figures(bank, view)} == {2}, view


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
