"""Decisions of the published demo bank, computed again from what was stored."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tests.installation import Installation

from recsys.io.serving import read_answer, read_refusals
from recsys.steps.decision import DecisionReader

N_SAMPLED = 100


@pytest.fixture(scope="module")
def reader(demo: Installation) -> DecisionReader:
    return DecisionReader(demo.settings)


def sampled(demo: Installation, query: str) -> list[tuple[Any, ...]]:
    with demo.database.connect("downstream") as connection:
        rows = connection.execute(query.encode()).fetchall()
    return random.Random(7).sample(rows, N_SAMPLED)


def test_published_rows_come_out_again_with_their_score_rank_and_reasons(
    demo: Installation, reader: DecisionReader
) -> None:
    query = "select customer_id, product_id, rank, score, reasons from serving.recommendations order by 1, 3"
    wrong = []
    for customer_id, product_id, rank, score, reasons in sampled(demo, query):
        record = reader.read(customer_id, "test").record(product_id)
        parts = record.base + sum(one.adds for one in record.contributions)
        same = (
            record.reckoning.agrees
            and (record.reckoning.rank, record.reckoning.score) == (rank, score)
            and list(record.reasons) == reasons
            and record.is_permitted
            and parts == pytest.approx(score, rel=1e-4, abs=1e-4)
        )
        if not same:
            wrong.append((product_id, rank, score, record.reckoning, parts))
    assert wrong == []


def test_refused_pairs_are_refused_again_by_the_rules_and_for_the_unknowns_that_why_tells(
    demo: Installation, reader: DecisionReader
) -> None:
    wrong = []
    pairs = sampled(demo, "select distinct customer_id, product_id from serving.eliminations order by 1, 2")
    for customer_id, product_id in pairs:
        with demo.database.connect("officer") as connection:
            refusals = read_refusals(connection, customer_id, "tests")
        with demo.database.connect("downstream") as connection:
            told = read_answer(connection, customer_id, product_id, refusals, {}).to_json()["refused_by"]
        record = reader.read(customer_id, "test").record(product_id)
        again = {one.rule: one.answer == "unknown" for one in record.verdicts if one.answer in ("refused", "unknown")}
        if again != {one["rule"]: one["is_unknown"] for one in told} or record.reckoning.recomputed_rank is not None:
            wrong.append((product_id, told, again))
    assert wrong == []


def test_explain_prints_the_record_and_leaves_a_trace_without_the_customer(demo: Installation) -> None:
    (customer_id, product_id) = sampled(demo, "select customer_id, product_id from serving.recommendations")[0]
    text = demo.recsys("explain", customer_id, product_id).stdout
    assert "computed again**: rank" in text
    assert ": the same" in text
    with demo.database.connect("officer") as connection:
        looks = connection.execute(
            "select subject, details::text from ops.audit_log where action = 'read_decision'"
        ).fetchall()
    assert looks
    assert customer_id not in str(looks)


def test_statement_is_made_for_a_recommended_investment_and_for_nothing_else(
    demo: Installation, tmp_path: Path
) -> None:
    query = "select customer_id, product_id from serving.recommendations where product_id {} order by 1"
    investments = "('bond_fund', 'mixed_fund', 'equity_fund')"
    with demo.database.connect("downstream") as connection:
        advised = connection.execute(query.format(f"in {investments}").encode()).fetchone()
        other = connection.execute(query.format(f"not in {investments}").encode()).fetchone()
    assert advised is not None
    assert other is not None
    page = tmp_path / "statement.html"
    demo.recsys("suitability", *advised, "--out", str(page))
    assert "How it meets your situation" in page.read_text()
    refused = demo.recsys("suitability", *other, check=False)
    assert refused.returncode == 1
    assert "is no investment" in refused.stderr


def test_customer_of_whom_nothing_is_stored_has_no_record(demo: Installation) -> None:
    refused = demo.recsys("explain", "nobody", "bond_fund", check=False)
    assert refused.returncode == 1
    assert "holds no decision about this customer" in refused.stderr
