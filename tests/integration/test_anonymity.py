"""k persons behind every combination in `raw` and in the marts: enforced, checked, kept and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recsys.errors import CheckError
from recsys.io.anonymity import read_report
from recsys.io.anonymity_report import anonymity_file
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

from .small_feed import write_small_feed

HEADER = "customer_id,registered_at,status,birth_date,gender,postcode,country"
# Nine women who are many enough, and six men who are only with a band of birth years.
WOMEN = [f"w{number},2020-01-05,active,1980-03-0{number},female,10115,DE" for number in range(1, 10)]
MEN = [f"m{number},2020-01-05,active,{1981 + 2 * (number > 3)}-05-05,male,10117,DE" for number in range(1, 7)]
EXACT, BAND = ("DE", "DE-10", 1980, None, "female"), ("DE", "DE-10", 1980, 1984, "male")


@pytest.fixture
def settings(home: Settings) -> Settings:
    return home.model_copy(update={"k_anonymity": 5})


def bank(folder: Path, *customers: str, mode: str = "full") -> Path:
    return write_small_feed(
        folder,
        {
            "customers.csv": "\n".join([HEADER, *customers]) + "\n",
            "holdings.csv": f"customer_id,product_id,opened_at\n{customers[0].split(',')[0]},p1,2020-01-05\n",
            "feed.toml": f'name = "small"\nas_of = 2024-12-31\nmode = "{mode}"\nlegal_basis = "contract"\n',
        },
    )


def load(settings: Settings, feed: Path, run_id: str = "run-1") -> dict[str, Any]:
    start_run(Run(run_id, str(feed), None, 5, "auto"), settings)
    for step in ("ingest_feed", "resolve_customers"):
        run_step(step, run_id, settings)
    return dict(run_step("anonymise_feed", run_id, settings).details["anonymity"])  # type: ignore[arg-type]


def classes(database: Database, query: str) -> dict[tuple[Any, ...], int]:
    with database.connect("transform") as connection:
        rows = connection.execute(query).fetchall()
    return {row[:5]: row[5] for row in rows}


def raw_classes(database: Database) -> dict[tuple[Any, ...], int]:
    return classes(
        database,
        "select country, region, birth_year, birth_year_to, gender, count(*) from raw.customers group by 1, 2, 3, 4, 5",
    )


def test_small_classes_become_coarser_with_every_load_and_a_full_feed_brings_exact_values_again(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    details = load(settings, bank(tmp_path / "full", *WOMEN, *MEN))
    assert raw_classes(database) == {EXACT: 9, BAND: 6}
    assert details == {"k": 5, "smallest_class": 6, "persons_below_k_before": 6, "persons_coarsened": 6}
    # A delta brings one more, and one whose exact year it repeats.
    load(settings, bank(tmp_path / "delta", "m7,2024-01-05,active,1982-05-05,male,10117,DE", MEN[0], mode="delta"), "2")
    assert raw_classes(database) == {EXACT: 9, BAND: 7}
    men = [line.replace("1983-", "1981-") for line in MEN]
    load(settings, bank(tmp_path / "again", *WOMEN, *men), "3")
    assert raw_classes(database) == {EXACT: 9, ("DE", "DE-10", 1981, None, "male"): 6}


def test_whoever_is_restricted_counts_for_nobody_since_the_marts_have_them_not(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    feed = bank(tmp_path / "full", *WOMEN[:5], *MEN)
    load(settings, feed)
    assert raw_classes(database)[EXACT] == 5
    with database.connect("admin") as connection:
        connection.execute(
            """
            insert into ops.suppressions (customer_key, reason, serves)
            select customer_key, 'restricted', 'nothing' from identity.customers where customer_id = 'w1'
            """
        )
    load(settings, feed, "2")
    assert EXACT not in raw_classes(database)


def test_run_is_stopped_where_a_class_is_too_small_and_anonymising_again_mends_it(
    home: Settings, settings: Settings, database: Database, tmp_path: Path
) -> None:
    load(home, bank(tmp_path / "feed", *WOMEN, *MEN))
    with pytest.raises(CheckError, match="2 combinations of country, region, birth_year, gender in raw belong to"):
        run_step("check_raw", "run-1", settings)
    run_step("anonymise_feed", "run-1", settings)
    run_step("check_raw", "run-1", settings)
    assert raw_classes(database) == {EXACT: 9, BAND: 6}


def test_marts_hold_the_same_classes_and_the_page_shows_no_value(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    load(settings, bank(tmp_path / "feed", *WOMEN, *MEN))
    for step in ("build_marts", "check_marts"):
        run_step(step, "run-1", settings)
    query = """
        select country, region, birth_year, birth_year_to, gender, count(*) from marts.dim_customers
        group by 1, 2, 3, 4, 5
    """
    assert classes(database, query) == {EXACT: 9, BAND: 6}
    with database.connect("transform") as connection:
        ages = connection.execute(
            "select distinct age_years from marts.feat_customers where feature_date = '2024-12-31' order by 1"
        ).fetchall()
    # Of a band from 1980 to 1984 the middle.
    assert ages == [(2024 - 1982,), (2024 - 1980,)]
    with database.connect("officer") as connection:
        report = read_report(connection, "run-1")
    assert report is not None
    assert report.marts is not None
    assert (report.before.smallest, report.raw.enforced.smallest, report.marts.enforced.smallest) == (3, 6, 6)
    assert (report.coarsened["birth_year"].n_coarser, report.coarsened["birth_year"].n_missing) == (6, 0)
    assert report.raw.diversity["holdings"].n_persons == 15
    page = anonymity_file(settings, "run-1").read_text()
    assert "Nobody shares country, region, birth year and gender with fewer than 4 others" in page
    for value in ("DE-10", "1980", "female", "10115"):
        assert value not in page
