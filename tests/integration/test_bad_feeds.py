"""Every way in which a feed is bad ends in quarantine, or in an error that names file, line, column and rule."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.integration.small_feed import TEXTS, with_line, write_small_feed

from recsys.errors import ContractError, FeedError, FeedFileError
from recsys.io.feed_checks import check_feed
from recsys.io.feed_files import open_feed
from recsys.io.landing import landed_tables
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

Changes: TypeAlias = dict[str, str | bytes | None]
Quarantined: TypeAlias = list[tuple[Any, ...]]
Take: TypeAlias = Callable[[Changes], Quarantined]
TODAY = date(2026, 1, 1)


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Check the small feed with some changes as `ingest_feed` does, and say what goes to quarantine."""

    def check(changes: Changes) -> Quarantined:
        report = check_feed(open_feed(str(write_small_feed(tmp_path / "feed", changes))), TODAY, 0.9)
        if report.errors:
            raise report.errors[0]
        problems = [(table.file.table.name, problem) for table in report.tables for problem in table.problems]
        return sorted((table, problem.line, problem.column, problem.rule) for table, problem in problems)

    return check


@pytest.fixture
def ingest(home: Settings, tmp_path: Path) -> Callable[[Changes, float], None]:
    """Run the step itself."""

    def run(changes: Changes, max_bad_row_share: float) -> None:
        settings = home.model_copy(update={"max_bad_row_share": max_bad_row_share})
        start_run(Run("run-1", str(write_small_feed(tmp_path / "feed", changes)), None, 5, "auto"), settings)
        run_step("ingest_feed", "run-1", settings)

    return run


def quarantined(database: Database) -> Quarantined:
    with database.connect("engineer") as connection:
        return connection.execute(
            "select table_name, line, column_name, rule from quarantine.list_rows('run-1') order by table_name, line"
        ).fetchall()


def refused(take: Take, kind: type[FeedError], changes: Changes, *facts: str) -> None:
    """See that the feed is refused with a message that names every one of `facts` and says what to do."""
    with pytest.raises(kind) as caught:
        take(changes)
    for fact in facts:
        assert fact in caught.value.message
    assert caught.value.remedy


def test_missing_table(take: Take) -> None:
    refused(take, ContractError, {"products.csv": None}, "products.csv", "missing_table")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FeedFileError, match="nowhere cannot be listed"):
        open_feed(str(tmp_path / "nowhere"))


def test_missing_column(take: Take) -> None:
    changes = {"products.csv": "product_id,product_name\np1,Account\n"}
    refused(take, ContractError, changes, "products.csv", "line 1", "column category", "missing_column")


def test_undeclared_column(take: Take) -> None:
    changes = {"holdings.csv": "customer_id,product_id,shoe_size\nc1,p1,41\n"}
    refused(take, ContractError, changes, "holdings.csv", "line 1", "column shoe_size", "undeclared_column")


def test_undeclared_key_in_json_lines(take: Take) -> None:
    lines = '{"customer_id": "c1", "product_id": "p1"}\n{"customer_id": "c1", "product_id": "p2", "shoe_size": 4}\n'
    changes = {"holdings.csv": None, "holdings.jsonl": lines}
    refused(take, ContractError, changes, "holdings.jsonl", "line 2", "column shoe_size", "undeclared_column")


def test_undeclared_table(take: Take) -> None:
    refused(take, ContractError, {"transaction.csv": "a\n1\n"}, "transaction.csv", "undeclared_table")


@pytest.mark.parametrize("name", ["consents.txt", "transactions.CSV", "Surveys.csv", "consents.csv.zip", "consents"])
def test_file_of_a_table_in_a_form_that_nobody_reads_is_not_passed_over(take: Take, name: str) -> None:
    refused(take, ContractError, {name: "a\n1\n"}, name, "unknown_format")


@pytest.mark.parametrize("name", ["client.csv", "CLIENT.PARQUET", "consents-old.jsonl.gz", "part.0.csv"])
def test_data_file_that_is_no_table_of_the_contract_is_not_passed_over(take: Take, name: str) -> None:
    refused(take, ContractError, {name: "a\n1\n"}, name, "undeclared_table")


def test_one_table_in_two_files(take: Take) -> None:
    lines = '{"customer_id": "c1", "product_id": "p1"}\n'
    refused(take, ContractError, {"holdings.jsonl": lines}, "holdings.csv and holdings.jsonl", "duplicate_table")


def test_files_beside_the_data_are_left_alone(take: Take) -> None:
    assert take({"README": "notes", "README.md": "notes", "checksums.sha256": "0", ".customers.csv.swp": "x"}) == []


def test_column_that_stands_twice(take: Take) -> None:
    changes = {"holdings.csv": "customer_id,product_id,product_id\nc1,p1,p1\n"}
    refused(take, ContractError, changes, "holdings.csv", "line 1", "column product_id", "duplicate_column")


def test_semicolons_are_recognised(take: Take) -> None:
    with pytest.raises(ContractError) as caught:
        take({"holdings.csv": "customer_id;product_id\nc1;p1\n"})
    assert caught.value.remedy == "Separate the values with commas."


def test_file_without_column_names_is_refused_without_quoting_it(take: Take) -> None:
    with pytest.raises(ContractError) as caught:
        take({"customers.csv": "c1,2020-01-05,active,Private Person\n"})
    assert "customers.csv, line 1, rule missing_column" in caught.value.message
    assert "Private" not in str(caught.value)


def test_malformed_row_with_a_value_beyond_the_limit_of_the_standard_library(take: Take) -> None:
    assert take(with_line("holdings.csv", "c3," + "x" * 200_000)) == [("holdings", 5, None, "column_count")]


def test_json_text_that_no_database_takes(take: Take) -> None:
    lines = '{"customer_id": "c1", "product_id": "p1"}\n{"customer_id": "\\ud800", "product_id": "p1"}\n'
    found = take({"holdings.csv": None, "holdings.jsonl": lines + '{"customer_id": "c2", "product_id": "\\u0000"}\n'})
    assert found == [("holdings", 2, "customer_id", "type"), ("holdings", 3, "product_id", "type")]


def test_parquet_text_in_the_wrong_encoding(take: Take) -> None:
    content = pa.BufferOutputStream()
    broken = pa.array([b"p1", b"\xff", b"p\x002"]).cast(pa.string(), safe=False)
    pq.write_table(pa.table({"customer_id": ["c1", "c2", "c3"], "product_id": broken}), content)
    found = take({"holdings.csv": None, "holdings.parquet": content.getvalue().to_pybytes()})
    assert found == [("holdings", 2, "product_id", "encoding"), ("holdings", 3, "product_id", "encoding")]


def test_feed_behind_a_url_is_checked_alike() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    for name, content in TEXTS.items():
        memory.pipe(f"/bank/{name}", content.encode())
    report = check_feed(open_feed("memory://bank"), TODAY, 0.0)
    assert not report.errors
    assert [table.n_kept for table in report.tables] == [3, 2, 3]


def test_duplicate_keys(take: Take) -> None:
    found = take(with_line("holdings.csv", "c1,p1,2020-01-05,,99.00"))
    assert found == [("holdings", 5, "customer_id", "duplicate_key")]


def test_unknown_product_in_a_holding(take: Take) -> None:
    found = take(with_line("holdings.csv", "c1,p9,2020-01-05,,"))
    assert found == [("holdings", 5, "product_id", "unknown_reference")]


def test_holding_of_a_customer_who_was_quarantined(take: Take) -> None:
    changes = with_line("customers.csv", "c4,2022-13-45,active,,,,,") | with_line("holdings.csv", "c4,p1,2023-01-01,,")
    assert take(changes) == [
        ("customers", 5, "registered_at", "type"),
        ("holdings", 5, "customer_id", "unknown_reference"),
    ]


def test_future_and_unparsable_dates(take: Take) -> None:
    lines = "c3,p1,2025-01-01,,\nc3,p2,31/12/23,,\nc2,p2,2023-02-30,,"
    assert take(with_line("holdings.csv", lines)) == [
        ("holdings", 5, "opened_at", "future_date"),
        ("holdings", 6, "opened_at", "type"),
        ("holdings", 7, "opened_at", "type"),
    ]


def test_negative_income(take: Take) -> None:
    found = take(with_line("customers.csv", "c4,2022-01-01,active,,,,,-1.00"))
    assert found == [("customers", 5, "annual_income", "range")]


def test_wrong_encoding(take: Take) -> None:
    latin = (TEXTS["customers.csv"] + "c4,2022-01-01,active,Zoë Müller,,,,\nc5,2022-01-01,active,Zoe,,,,\n").encode(
        "latin-1"
    )
    assert take({"customers.csv": latin}) == [("customers", 5, "full_name", "encoding")]


def test_utf_16_is_refused(take: Take) -> None:
    changes = {"customers.csv": TEXTS["customers.csv"].encode("utf-16")}
    refused(take, FeedFileError, changes, "customers.csv", "line 1", "rule encoding", "UTF-16")


def test_byte_order_mark_is_no_part_of_the_first_column(take: Take) -> None:
    assert take({"customers.csv": b"\xef\xbb\xbf" + TEXTS["customers.csv"].encode()}) == []


def test_empty_file(take: Take) -> None:
    refused(take, FeedFileError, {"customers.csv": ""}, "customers.csv is empty")


def test_required_table_without_rows(take: Take) -> None:
    changes = {"customers.csv": "customer_id\n"}
    refused(take, ContractError, changes, "customers.csv", "line 2", "empty_table")


def test_truncated_parquet(take: Take, tmp_path: Path) -> None:
    whole = pa.BufferOutputStream()
    pq.write_table(pa.table({"customer_id": ["c1"], "product_id": ["p1"]}), whole)
    changes = {"holdings.csv": None, "holdings.parquet": whole.getvalue().to_pybytes()[:-9]}
    refused(take, FeedFileError, changes, "holdings.parquet", "row 1", "rule parquet")


def test_parquet_that_is_damaged_in_the_middle(take: Take) -> None:
    whole = pa.BufferOutputStream()
    pq.write_table(pa.table({"customer_id": ["c1"] * 5000, "product_id": [f"p{i}" for i in range(5000)]}), whole)
    content = bytearray(whole.getvalue().to_pybytes())
    content[4:40] = bytes(36)
    changes = {"holdings.csv": None, "holdings.parquet": bytes(content)}
    refused(take, FeedFileError, changes, "holdings.parquet", "row 1", "rule parquet")


def test_parquet_column_of_a_type_that_cannot_be(take: Take) -> None:
    content = pa.BufferOutputStream()
    table = pa.table({"customer_id": ["c1"], "product_id": ["p1"], "opened_at": [[1, 2]]})
    pq.write_table(table, content)
    changes = {"holdings.csv": None, "holdings.parquet": content.getvalue().to_pybytes()}
    refused(take, ContractError, changes, "holdings.parquet", "line 1", "column opened_at", "rule type")


def test_truncated_json_lines(take: Take) -> None:
    changes = {"holdings.csv": None, "holdings.jsonl": '{"customer_id": "c1", "product_id": "p1"}\n{"customer_id": "c'}
    refused(take, FeedFileError, changes, "holdings.jsonl", "line 2", "rule json")


def test_malformed_json_line(take: Take) -> None:
    lines = '{"customer_id": "c1", "product_id": "p1"}\nnonsense\n[1]\n{"customer_id": "c2", "product_id": {}}\n'
    assert take({"holdings.csv": None, "holdings.jsonl": lines}) == [
        ("holdings", 2, None, "json"),
        ("holdings", 3, None, "json"),
        ("holdings", 4, "product_id", "type"),
    ]


def test_truncated_gzip(take: Take) -> None:
    content = gzip.compress(TEXTS["holdings.csv"].encode() * 500)
    refused(take, FeedFileError, {"holdings.csv": None, "holdings.csv.gz": content[:-20]}, "holdings.csv.gz", "line")


def test_line_of_ten_megabytes(take: Take) -> None:
    long_line = "c3,p1,2024-01-01,," + "9" * 10_000_000
    found = take(with_line("holdings.csv", long_line + "\nc3,p9,2024-01-02,,"))
    assert found == [("holdings", 5, None, "max_length"), ("holdings", 6, "product_id", "unknown_reference")]


def test_line_of_ten_megabytes_in_quotes(take: Take) -> None:
    long_line = 'c3,"p1\n' + "x" * 10_000_000 + '\nend",2024-01-01,,'
    found = take(with_line("holdings.csv", long_line + "\nc3,p9,2024-01-02,,"))
    assert [row[1:] for row in found] == [(5, "product_id", "max_length"), (8, "product_id", "unknown_reference")]


@pytest.mark.parametrize("n_rows", [3, 100_000, 300_000, 500_000])
def test_quote_that_is_never_closed(take: Take, n_rows: int) -> None:
    rows = "\n".join(f"c1,p1,2020-01-05,,{i}.00" for i in range(n_rows))
    changes = with_line("holdings.csv", 'c1,"p1,2020-01-01,,\n' + rows)
    refused(take, FeedFileError, changes, "holdings.csv", "line 5", "rule unclosed_quote")


def test_quote_of_the_last_column_that_is_never_closed(take: Take) -> None:
    lines = 'c4,2022-01-01,active,Zoe,,,"N1,\nc5,2022-01-01,active,Joe,,,,'
    refused(take, FeedFileError, with_line("customers.csv", lines), "customers.csv", "line 5", "rule unclosed_quote")
    names = "customer_id,registered_at,status,full_name\n"
    changes = {"customers.csv": names + 'c1,,active,"Ada\nc2,,active,Bob\n'}
    refused(take, FeedFileError, changes, "customers.csv", "line 2", "rule unclosed_quote")


def test_value_that_is_too_long(take: Take) -> None:
    found = take(with_line("customers.csv", f"c4,2022-01-01,active,{'x' * 201},,,,"))
    assert found == [("customers", 5, "full_name", "max_length")]


def test_wrong_number_of_columns(take: Take) -> None:
    found = take(with_line("holdings.csv", "c3,p1\nc3,p1,2020-01-01,,1,2,3\nc9,p1,2020-01-01,,"))
    assert found == [
        ("holdings", 5, None, "column_count"),
        ("holdings", 6, None, "column_count"),
        ("holdings", 7, "customer_id", "unknown_reference"),
    ]


def test_lines_are_counted_through_line_feeds_in_quotes(take: Take) -> None:
    lines = 'c4,2022-01-01,active,"Two\nlines",,,,\n\nc4,2022-01-01,retired,"Three\r\nmore\nlines",,,,\nc4,,,,,,,'
    assert take(with_line("customers.csv", lines)) == [
        ("customers", 8, "status", "choice"),
        ("customers", 11, "customer_id", "duplicate_key"),
    ]


def test_missing_required_value(take: Take) -> None:
    assert take(with_line("products.csv", "p3,,fund,,")) == [("products", 4, "product_name", "required")]


def test_bad_rows_of_every_kind_are_stored_by_the_step(ingest: Any, database: Database) -> None:
    customers = TEXTS["customers.csv"] + "c4,31.13.2022,active,,,,,\nc5,,active,Zo\xeb,,,,\nc6\n"
    changes = with_line("holdings.csv", "c1,p9,2020-01-05,,") | {"customers.csv": customers.encode("latin-1")}
    ingest(changes, 0.9)
    assert quarantined(database) == [
        ("customers", 5, "registered_at", "type"),
        ("customers", 6, "full_name", "encoding"),
        ("customers", 7, None, "column_count"),
        ("holdings", 5, "product_id", "unknown_reference"),
    ]


def test_too_many_bad_rows_stop_the_run_but_stay_in_quarantine(ingest: Any, home: Settings, database: Database) -> None:
    with pytest.raises(ContractError) as caught:
        ingest(with_line("holdings.csv", "c1,p9,2020-01-05,,"), 0.1)
    assert "1 of 4 rows" in caught.value.message
    assert "holdings.csv, line 5, column product_id, rule unknown_reference" in caught.value.message
    assert quarantined(database) == [("holdings", 5, "product_id", "unknown_reference")]
    assert landed_tables(home.home, "run-1") == []


def test_no_message_quotes_a_value(tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path, with_line("customers.csv", "c4,2022-01-01,active,Private Person,,1980-99-99,,"))
    (error,) = check_feed(open_feed(str(feed)), TODAY, 0.0).errors
    assert "line 5, column birth_date" in str(error)
    assert "Private" not in str(error)
    assert "1980" not in str(error)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ("name = ", "not TOML"),
        ('colour = "red"', "unknown key 'colour'"),
        ('mode = "weekly"', "mode is 'weekly'"),
        ('as_of = "soon"', "as_of is 'soon'"),
        ('[columns.products]\nx = {type = "integer", class = "keep"}', "columns.products.x: purpose is missing"),
        ('[columns.products]\nvalue = {type = "money", class = "keep", purpose = "audit"}', "in the contract already"),
        ('[columns.shops]\nx = {type = "text", class = "keep", purpose = "audit"}', "unknown key 'shops'"),
    ],
)
def test_feed_toml_that_is_wrong(take: Take, content: str, fact: str) -> None:
    refused(take, FeedFileError, {"feed.toml": content}, "feed.toml", fact)


def test_same_feed_in_parquet_is_taken_alike(take: Take, tmp_path: Path) -> None:
    changes: Changes = {}
    for name in ("customers", "products", "holdings"):
        content = pa.BufferOutputStream()
        pq.write_table(pa_csv.read_csv(pa.BufferReader(TEXTS[f"{name}.csv"].encode())), content)
        changes |= {f"{name}.csv": None, f"{name}.parquet": content.getvalue().to_pybytes()}
    assert take(changes) == []
