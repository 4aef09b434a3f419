from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys.feed.scf import EXTRAS, PRODUCTS, SOURCE_COLUMNS, adapt
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import open_feed
from recsys.io.feed_writer import write_feed
from recsys.io.public_data import read_scf


@pytest.fixture
def survey() -> pd.DataFrame:
    household = dict.fromkeys(SOURCE_COLUMNS, 0) | {
        "Y1": 11, "AGE": 40, "HHSEX": 2, "EDCL": 4, "OCCAT1": 2, "OCCAT2": 1, "MARRIED": 1, "KIDS": 2,
        "INCOME": 50_000.456,
        "KNOWL": -1, "YESFINRISK": 1, "SAVRES6": 1, "WSAVED": 3, "HCHECK": 1, "ANNUIT": 1200.0,
    }  # fmt: skip
    return pd.DataFrame(
        [household, household | {"Y1": 12, "AGE": 41}, household | {"Y1": 21, "YESFINRISK": 0, "NOFINRISK": 1}]
    )


def test_one_implicate_of_each_household_is_kept(survey: pd.DataFrame) -> None:
    assert adapt(survey).tables["customers"]["customer_id"].to_pylist() == ["H1", "H2"]


def test_goals_risk_and_knowledge_become_answers(survey: pd.DataFrame) -> None:
    first, second = adapt(survey).tables["surveys"].to_pylist()
    assert (first["investment_goal"], first["risk_tolerance"], first["knowledge_level"]) == ("retirement", 7, 0)
    assert second["risk_tolerance"] == 1


def test_what_is_above_zero_is_owned(survey: pd.DataFrame) -> None:
    owned = {row["product_id"] for row in adapt(survey).tables["holdings"].to_pylist() if row["customer_id"] == "H1"}
    assert owned == {"checking_account", "annuity"}


def test_no_source_of_a_product_is_also_an_attribute() -> None:
    products = {source for source, *_ in PRODUCTS}
    assert len(products) >= 20
    assert not products & ({source for source, *_ in EXTRAS} | {"INCOME", "AGE", "KNOWL", "SAVRES1"})


def test_attributes_do_not_change_with_what_is_owned(survey: pd.DataFrame) -> None:
    without = survey.assign(**{source: 0 for source, *_ in PRODUCTS})
    for table in ("customers", "surveys"):
        assert adapt(survey).tables[table].equals(adapt(without).tables[table])


@pytest.mark.skipif("RECSYS_PUBLIC_DATA" not in os.environ, reason="RECSYS_PUBLIC_DATA names no public data")
def test_the_real_file_makes_a_snapshot_without_a_bad_row(tmp_path: Path) -> None:
    rows = write_feed(adapt(read_scf(Path(os.environ["RECSYS_PUBLIC_DATA"]) / "scf2019")), tmp_path)
    assert rows["customers"] == 5777
    feed = open_feed(str(tmp_path))
    assert (feed.manifest.history, len(feed.manifest.extras("customers"))) == ("snapshot", 4)
    check = FeedCheck(feed, feed.manifest.as_of or date.max)
    for file in feed.files:
        assert all(not batch.rejects for batch in check.batches(TableReport(file)))
