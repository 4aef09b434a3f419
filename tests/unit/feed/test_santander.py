from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys.feed.santander import PRODUCTS, SOURCE_COLUMNS, adapt
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import open_feed
from recsys.io.feed_writer import write_feed
from recsys.io.public_data import read_santander


@pytest.fixture
def month() -> pd.DataFrame:
    flags = {f"ind_{flag}_ult1": "0" for flag, *_ in PRODUCTS}
    full = flags | {
        "ncodpers": "1375586", "pais_residencia": "ES", "sexo": "H", "age": " 35", "fecha_alta": "2015-01-12",
        "canal_entrada": "KHL", "indfall": "N", "cod_prov": " 1",
        "ind_actividad_cliente": " 1", "renta": "122179.11000000002",
        "segmento": "02 - PARTICULARES", "ind_cco_fin_ult1": "1", "ind_nomina_ult1": " 1",
    }  # fmt: skip
    nearly_empty = dict.fromkeys(SOURCE_COLUMNS, "") | flags | {"ncodpers": "2", "age": " NA", "ind_nomina_ult1": "NA"}
    return pd.DataFrame([full, nearly_empty | {"ind_recibo_ult1": "1"}])


def test_padded_values_are_read(month: pd.DataFrame) -> None:
    row = adapt(month).tables["customers"].to_pylist()[0]
    assert (row["birth_date"], row["postcode"], row["gender"]) == (date(1979, 7, 1), "01000", "female")
    assert (float(row["annual_income"]), row["is_active_customer"]) == (122179.11, True)


def test_a_nearly_empty_row_is_a_customer_of_whom_little_is_known(month: pd.DataFrame) -> None:
    row = adapt(month).tables["customers"].to_pylist()[1]
    assert {name for name, value in row.items() if value is not None} == {
        "customer_id",
        "valid_from",
        "status",
        "language",
    }


def test_flags_become_holdings_without_dates(month: pd.DataFrame) -> None:
    holdings = adapt(month).tables["holdings"]
    assert holdings.column_names == ["customer_id", "product_id"]
    pairs = {tuple(row.values()) for row in holdings.to_pylist()}
    assert pairs == {("1375586", "cco_fin"), ("1375586", "nomina"), ("2", "recibo")}


def test_products_carry_no_limits(month: pd.DataFrame) -> None:
    products = adapt(month).tables["products"]
    assert (products.num_rows, products.column_names) == (
        24,
        ["product_id", "product_name", "category", "client_needs"],
    )


@pytest.mark.skipif("RECSYS_PUBLIC_DATA" not in os.environ, reason="RECSYS_PUBLIC_DATA names no public data")
def test_the_real_file_makes_a_snapshot_without_a_bad_row(tmp_path: Path) -> None:
    rows = write_feed(adapt(read_santander(Path(os.environ["RECSYS_PUBLIC_DATA"]) / "santander")), tmp_path)
    assert rows["customers"] == 9999
    feed = open_feed(str(tmp_path))
    check = FeedCheck(feed, feed.manifest.as_of or date.max)
    for file in feed.files:
        assert all(not batch.rejects for batch in check.batches(TableReport(file)))
