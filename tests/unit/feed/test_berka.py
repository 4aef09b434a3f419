from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys.errors import FeedFileError
from recsys.feed.berka import adapt, birth_and_sex
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import open_feed
from recsys.io.feed_writer import write_feed
from recsys.io.public_data import read_berka


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    def frame(columns: str, *rows: str) -> pd.DataFrame:
        return pd.DataFrame([row.split(";") for row in rows], columns=columns.split(";"))

    return {
        "account": frame("account_id;district_id;frequency;date",
            "10;1;POPLATEK MESICNE;930101", "11;2;POPLATEK TYDNE;960310"),
        "client": frame("client_id;birth_number;district_id", "1;706213;18", "2;450204;1", "3;550101;2"),
        "disp": frame("disp_id;client_id;account_id;type", "1;1;10;OWNER", "2;2;10;DISPONENT", "3;3;11;OWNER"),
        "card": frame("card_id;disp_id;type;issued", "7;1;gold;970105 00:00:00"),
        "loan": frame(
            "loan_id;account_id;date;amount;duration;payments;status",
            "5;10;940105;96396;12;8033.00;A", "6;11;980705;80952;24;3373.00;D",
        ),
        "order": frame(
            "order_id;account_id;bank_to;account_to;amount;k_symbol",
            "1;10;YZ;87144583;2452.00;SIPO", "2;10;ST;1;3372.70;UVER", "3;11;ST;2;100.00; ",
        ),
        "trans": frame(
            "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account",
            "1;10;930101;PRIJEM;VKLAD;700.00;700.00;;;",
            "2;10;930405;VYDAJ;PREVOD NA UCET;2452.00;1.00;SIPO;YZ;87144583",
            "3;10;930505;VYDAJ;PREVOD NA UCET;2452.00;1.00;SIPO;YZ;87144583",
        ),
    }  # fmt: skip


def holdings(frames: dict[str, pd.DataFrame]) -> dict[tuple[str, str], tuple[date, date | None]]:
    rows = adapt(frames).tables["holdings"].to_pylist()
    return {(row["customer_id"], row["product_id"]): (row["opened_at"], row["closed_at"]) for row in rows}


def test_a_birth_number_holds_date_and_sex() -> None:
    born, sex = birth_and_sex(pd.Series(["706213", "450204"]))
    assert list(born.dt.date) == [date(1970, 12, 13), date(1945, 2, 4)]
    assert list(sex) == ["female", "male"]


def test_account_loan_and_card_are_held_from_their_own_dates(frames: dict[str, pd.DataFrame]) -> None:
    held = holdings(frames)
    assert held["1", "account_monthly"] == held["2", "account_monthly"] == (date(1993, 1, 1), None)
    assert held["1", "card_gold"] == (date(1997, 1, 5), None)
    assert held["1", "loan_12"] == (date(1994, 1, 5), date(1995, 1, 5))
    assert held["3", "loan_24"] == (date(1998, 7, 5), None)


def test_an_order_starts_with_its_first_payment_or_an_assumed_time_after_its_account(
    frames: dict[str, pd.DataFrame],
) -> None:
    held = holdings(frames)
    assert held["1", "order_household"] == (date(1993, 4, 5), None)
    assert held["3", "order_other"] == (date(1996, 8, 8), None)


def test_an_order_that_would_tell_of_a_loan_is_no_product(frames: dict[str, pd.DataFrame]) -> None:
    assert {product for _, product in holdings(frames) if product.startswith("order")} == {
        "order_household",
        "order_other",
    }


def test_debts_hold_only_from_the_end_of_the_data(frames: dict[str, pd.DataFrame]) -> None:
    rows = [row for row in adapt(frames).tables["customers"].to_pylist() if row["customer_id"] == "3"]
    assert [(row["valid_from"], row["is_in_arrears"]) for row in rows] == [
        (date(1996, 3, 10), False),
        (date(1998, 12, 31), True),
    ]


def test_transactions_go_to_the_owner_with_a_sign_and_a_plain_category(frames: dict[str, pd.DataFrame]) -> None:
    rows = adapt(frames).tables["transactions"].to_pylist()
    assert {row["customer_id"] for row in rows} == {"1"}
    assert [(float(row["amount"]), row["category"]) for row in rows][:2] == [
        (700.0, "cash deposit"),
        (-2452.0, "household"),
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedFileError, match=r"account\.asc does not exist"):
        read_berka(tmp_path)


@pytest.mark.skipif("RECSYS_PUBLIC_DATA" not in os.environ, reason="RECSYS_PUBLIC_DATA names no public data")
def test_the_real_files_make_a_feed_without_a_bad_row(tmp_path: Path) -> None:
    rows = write_feed(adapt(read_berka(Path(os.environ["RECSYS_PUBLIC_DATA"]) / "berka")), tmp_path)
    assert rows["transactions"] == 49_102
    feed = open_feed(str(tmp_path))
    assert feed.manifest.legal_basis != "consent"
    check = FeedCheck(feed, feed.manifest.as_of or date.max)
    for file in feed.files:
        assert all(not batch.rejects for batch in check.batches(TableReport(file)))
