"""A batch that breaks an expectation stops the run; no value of a row gets into the message or the Data Docs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recsys.errors import CheckError, RunError
from recsys.io.checks import run_checks
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step

from .raw_bank import RUN_ID, A, write_bank, write_rows

PERSON = "00000000-0000-0000-0000-0000000000aa"


@pytest.fixture
def partitions(database: Database) -> dict[str, str]:
    """Two serving partitions that stand aside, as `score_customers` leaves them: A's two recommendations."""
    with database.connect("publisher") as connection:
        connection.execute("create table serving.rows_p1 (like serving.recommendation_rows)")
        connection.execute("create table serving.eliminations_p1 (like serving.elimination_rows)")
        connection.execute("grant select, insert, update on serving.rows_p1, serving.eliminations_p1 to publisher")
        for rank, product in enumerate(("fund", "card"), start=1):
            connection.execute("insert into serving.rows_p1 values (1, %s, %s, %s, 0.5, '{}')", [PERSON, rank, product])
        connection.execute("insert into serving.eliminations_p1 values (1, %s, '{0,3}')", [PERSON])
    return {"recommendation_rows": "serving.rows_p1", "elimination_rows": "serving.eliminations_p1"}


def test_a_good_batch_passes_with_its_rows_and_data_docs(home: Settings, database: Database) -> None:
    write_bank(database)
    result = run_step("check_raw", RUN_ID, home)
    assert result.details["rows"] == {
        "customers": 6,
        "customer_links": 5,
        "products": 4,
        "holdings": 7,
        "transactions": 7,
        "surveys": 2,
        "consents": 3,
        "interactions": 1,
    }
    index = Path(str(result.details["data_docs"]))
    assert "raw.customers" in index.read_text()
    for page in index.parent.rglob("*.html"):
        for attribute in ('src="http', 'rel="stylesheet"', "url('http", "@import"):
            assert attribute not in page.read_text(), "a browser would ask the internet"
        assert database.secrets.password("transform") not in page.read_text()


def test_empty_optional_tables_pass(home: Settings, database: Database) -> None:
    write_bank(database)
    with database.connect("ingest") as connection:
        connection.execute("truncate raw.transactions, raw.surveys, raw.consents, raw.interactions")
    for step in ("check_raw", "build_marts", "check_marts"):
        run_step(step, RUN_ID, home)


def test_bad_rows_stop_the_run_and_are_told_without_their_values(home: Settings, database: Database) -> None:
    write_bank(database)
    with database.connect("ingest") as connection:
        connection.execute("truncate raw.products")
        write_rows(
            connection,
            "surveys",
            {"response_id": "3", "customer_key": A, "answered_at": "2024-09-02", "risk_tolerance": 987654},
        )
    with pytest.raises(CheckError) as failure:
        run_step("check_raw", RUN_ID, home)
    message = str(failure.value)
    assert "raw.surveys.risk_tolerance expect_column_values_to_be_between: 1 of 3 rows (33.33%)" in message
    assert "raw.products expect_table_row_count_to_be_between: the table has 0 rows" in message
    index = Path(message.rsplit(" ", 1)[-1])
    pages = [page.read_text() for page in index.parent.rglob("*.html")]
    assert any("risk_tolerance" in page for page in pages)
    assert not any("987654" in page for page in [message, *pages])


def test_marts_are_not_checked_before_they_are_built(home: Settings, database: Database) -> None:
    write_bank(database)
    with pytest.raises(RunError, match="built no marts"):
        run_step("check_marts", RUN_ID, home)


def test_good_partitions_pass(home: Settings, database: Database, partitions: dict[str, str]) -> None:
    report = check_serving(home, database, partitions)
    assert report.rows == {"recommendation_rows": 2, "elimination_rows": 1}


def test_broken_partitions_are_refused(home: Settings, database: Database, partitions: dict[str, str]) -> None:
    with database.connect("publisher") as connection:
        connection.execute("update serving.rows_p1 set score = 'NaN' where rank = 1")
        connection.execute("update serving.rows_p1 set score = 'infinity', rank = 6 where rank = 2")
        connection.execute("update serving.rows_p1 set product_id = 'fund'")
        connection.execute("update serving.eliminations_p1 set set_ids = '{0,0}'")
    with pytest.raises(CheckError) as failure:
        check_serving(home, database, partitions)
    for part in (
        "5 expectations on serving failed",
        "serving.rows_p1.rank expect_column_values_to_be_between: 1 of 2",
        "serving.rows_p1.score expect_column_values_to_be_between: 2 of 2",
        "serving.rows_p1.person_key, product_id expect_compound_columns_to_be_unique: 2 of 2",
        "Somebody's ranks have a gap",
        "A row refuses no product",
    ):
        assert part in str(failure.value)


def check_serving(home: Settings, database: Database, partitions: dict[str, str]) -> Any:
    return run_checks(
        home, database, "publisher", zone="serving", run_id=RUN_ID, tables=partitions, parameters={"top_n": 5}
    )
