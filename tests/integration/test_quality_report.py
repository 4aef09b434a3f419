from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.integration.small_feed import write_small_feed

from recsys.io.column_profiles import read_profiles
from recsys.io.postgres import Database
from recsys.io.quality_facts import read_quality_facts, read_rejected
from recsys.io.quality_report import render, report_file
from recsys.monitoring.drift import Word
from recsys.monitoring.quality.findings import Severity
from recsys.monitoring.quality.report import QualityReport, build_report
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

N_CUSTOMERS = 400
PLANTED = ["Zebulon Quagmire", "zebulon@secret.example", "1961-03-17", "QX-99-4711", "Vault lane 17"]
HEADER = "customer_id,registered_at,status,full_name,email,birth_date,national_id,street,annual_income,segment,branch\n"


def bank(folder: Path, *, factor: float = 1.0, n_in_mass: int = 200, bad: str = "") -> Path:
    """Customers who all have the planted name and address; ten of them a branch of that name as well."""
    lines = []
    for i in range(N_CUSTOMERS):
        segment = "mass" if i < n_in_mass else "gold"
        branch = "Graz" if i % 2 else "Zebulon Quagmire" if i < 20 else "Hall"
        name, email, birth_date, national_id, street = PLANTED
        income = (20_000 + 97 * i) * factor
        values = [
            f"c{i}",
            "2020-01-05",
            "active",
            name,
            email,
            birth_date,
            f"{national_id}{i}",
            street,
            f"{income:.2f}",
        ]
        lines.append(",".join([*values, segment, branch]))
    customers = HEADER + "\n".join(lines) + f"\n{bad}"
    holdings = "customer_id,product_id,opened_at\n" + "".join(f"c{i},p1,2021-01-01\n" for i in range(N_CUSTOMERS))
    return write_small_feed(folder, {"customers.csv": customers, "holdings.csv": holdings})


def load(home: Settings, run_id: str, feed: Path, *, whole: bool = True) -> None:
    start_run(Run(run_id, str(feed), None, 5, "auto"), home)
    for step in ("ingest_feed", "resolve_customers", "anonymise_feed")[: 3 if whole else 2]:
        run_step(step, run_id, home)


def report_of(database: Database, run_id: str) -> QualityReport:
    with database.connect("ingest") as connection:
        rejected = read_rejected(connection, run_id)
        return build_report(read_quality_facts(connection, run_id, None, rejected))


@pytest.fixture
def two_loads(home: Settings, database: Database, tmp_path: Path) -> QualityReport:
    load(home, "run-1", bank(tmp_path / "one"))
    load(home, "run-2", bank(tmp_path / "two", factor=2.0, n_in_mass=380), whole=False)
    return report_of(database, "run-2")


def moved(report: QualityReport) -> dict[str, Word]:
    customers = next(table for table in report.tables if table.name == "customers")
    return {column.name: column.drift.word for column in customers.moved if column.drift}


def test_second_load_is_compared_with_the_first(two_loads: QualityReport) -> None:
    assert two_loads.facts.last is not None
    assert two_loads.facts.last.run_id == "run-1"
    assert moved(two_loads) == {"annual_income": Word.SHIFTED, "segment": Word.SHIFTED}
    assert two_loads.severity is Severity.LOOK


def test_page_shows_the_columns_that_moved(home: Settings, two_loads: QualityReport) -> None:
    page = report_file(home, "run-2").read_text()
    figures = re.findall(r"<figcaption><span>([^<]*)</span>", page)
    assert sorted(figures) == ["customers.annual_income", "customers.segment"]
    assert "this is the first" not in page


def test_first_load_says_that_there_is_nothing_to_compare_with(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    load(home, "run-1", bank(tmp_path / "one"), whole=False)
    assert report_of(database, "run-1").facts.last is None
    page = report_file(home, "run-1").read_text()
    assert "this is the first full load of this feed" in page
    assert "<figure>" not in page


def test_load_that_never_reached_raw_is_not_compared_with(home: Settings, database: Database, tmp_path: Path) -> None:
    load(home, "run-1", bank(tmp_path / "one"), whole=False)
    load(home, "run-2", bank(tmp_path / "two"), whole=False)
    assert report_of(database, "run-2").facts.last is None


def test_quarantined_rows_stand_in_the_report_with_column_rule_and_remedy(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    load(
        home, "run-1", bank(tmp_path / "one", bad="c999,2020-01-05,asleep,X,x@y.example,1980-01-01,,,,,\n"), whole=False
    )
    (found,) = report_of(database, "run-1").facts.rejected
    assert (found.table, found.column, found.rule, found.n_rows) == ("customers", "status", "choice", 1)
    with database.connect("engineer") as connection:
        invalid = {c.profile.column: c.n_invalid for c in read_profiles(connection, "run-1") if c.n_invalid}
    assert invalid == {"status": {"choice": 1}}
    page = report_file(home, "run-1").read_text()
    assert "one of active, closed, deceased" in page
    assert "asleep" not in page


def test_the_steps_twice_leave_what_they_leave_once(home: Settings, database: Database, tmp_path: Path) -> None:
    feed = bank(tmp_path / "one")
    load(home, "run-1", feed, whole=False)
    with database.connect("engineer") as connection:
        once = read_profiles(connection, "run-1")
    load(home, "run-1", feed, whole=False)
    with database.connect("engineer") as connection:
        assert read_profiles(connection, "run-1") == once
    assert [path.parent.name for path in (home.home / "reports").rglob("*.html")] == ["run-1"]


def test_no_planted_value_is_in_a_profile_or_in_the_page(
    home: Settings, database: Database, two_loads: QualityReport
) -> None:
    with database.connect("engineer") as connection:
        profiles = str(connection.execute("select * from ops.column_profiles").fetchall())
    page = render(two_loads)
    # What many customers share is there, so that the search below is not a search in nothing.
    assert "Graz" in profiles
    assert "Graz" in page
    assert [value for value in PLANTED if value in profiles or value in page] == []


def test_page_fetches_nothing_and_runs_no_script(two_loads: QualityReport) -> None:
    page = render(two_loads)
    assert "<svg" in page
    assert re.findall(r"<script|<link|<img|<iframe|url\(|@import|\son\w+=|https?://", page) == []


def test_resolve_customers_says_where_the_report_is(home: Settings, database: Database, tmp_path: Path) -> None:
    load(home, "run-1", bank(tmp_path / "one"), whole=False)
    with database.connect("engineer") as connection:
        row: Any = connection.execute(
            "select details ->> 'quality_report' from ops.step_runs where step = 'resolve_customers'"
        ).fetchone()
    assert Path(row[0]) == report_file(home, "run-1")


def test_the_largest_income_and_the_first_customer_are_nowhere_to_be_read(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    planted = "c-most,1931-02-03,active,,,,,,987654.32,gold,Graz\n"
    load(home, "run-1", bank(tmp_path / "one", bad=planted), whole=False)
    with database.connect("engineer") as connection:
        kept = connection.execute("select column_name, n_rows, profile::text from ops.column_profiles").fetchall()
    assert ("annual_income", N_CUSTOMERS + 1) in [row[:2] for row in kept]
    page = report_file(home, "run-1").read_text()
    assert "annual_income" in page
    written = page + str(kept)
    assert [value for value in ("987654", "987,654", "1931-02") if value in written] == []


def test_only_the_reports_of_the_last_runs_stay(home: Settings, tmp_path: Path) -> None:
    home = home.model_copy(update={"kept_reports": 2})
    for run_id in ("run-1", "run-2", "run-3"):
        load(home, run_id, bank(tmp_path / "one"), whole=False)
    assert sorted(folder.name for folder in (home.home / "reports").iterdir()) == ["run-2", "run-3"]


def test_rows_that_a_delta_updates_are_in_its_report(home: Settings, database: Database, tmp_path: Path) -> None:
    feed = bank(tmp_path / "one")
    load(home, "run-1", feed)
    (feed / "feed.toml").write_text('name = "small"\nas_of = 2024-12-31\nmode = "delta"\n')
    products = (feed / "products.csv").read_text()
    (feed / "products.csv").write_text(products.replace("World fund", "Global fund"))
    load(home, "run-2", feed)
    n_updated = {d.table: d.n_updated for d in report_of(database, "run-2").facts.deliveries}
    assert n_updated["products"] == 1
    table = re.search(r'<td class="name">products</td>.*', report_file(home, "run-2").read_text())
    assert table is not None
    # Two rows read and kept, none quarantined; one updated, and one that brought nothing new.
    assert re.findall(r'<td class="n">([0-9]+)</td>', table[0]) == ["2", "2", "1", "1"]
