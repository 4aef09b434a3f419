"""One month of the Santander product data as a feed: a snapshot of 24 ownership flags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa

from recsys.feed.adapted import AdaptedFeed, catalogue, owned
from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.contract import CUSTOMERS, HOLDINGS
from recsys.feed.manifest import Manifest
from recsys.feed.tables import feed_table

AS_OF = date(2015, 1, 28)

# Flag (without its prefix `ind_` and suffix `_ult1`), name, category.
PRODUCTS: tuple[tuple[str, str, str], ...] = (
    ("ahor_fin", "Savings Account", "savings"),
    ("aval_fin", "Guarantees", "loan"),
    ("cco_fin", "Current Account", "account"),
    ("cder_fin", "Derivatives Account", "brokerage"),
    ("cno_fin", "Payroll Account", "account"),
    ("ctju_fin", "Junior Account", "account"),
    ("ctma_fin", "Más Particular Account", "account"),
    ("ctop_fin", "Particular Account", "account"),
    ("ctpp_fin", "Particular Plus Account", "account"),
    ("deco_fin", "Short-term Deposit", "savings"),
    ("deme_fin", "Medium-term Deposit", "savings"),
    ("dela_fin", "Long-term Deposit", "savings"),
    ("ecue_fin", "E-account", "account"),
    ("fond_fin", "Funds", "fund"),
    ("hip_fin", "Mortgage", "mortgage"),
    ("plan_fin", "Pension Plan", "retirement"),
    ("pres_fin", "Loan", "loan"),
    ("reca_fin", "Tax Payments", "payment"),
    ("tjcr_fin", "Credit Card", "card"),
    ("valo_fin", "Securities", "brokerage"),
    ("viv_fin", "Home Account", "account"),
    ("nomina", "Payroll", "payment"),
    ("nom_pens", "Pension Payments", "payment"),
    ("recibo", "Direct Debit", "payment"),
)

_CLIENT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "ctju_fin": ("youth",),
    "viv_fin": ("home",),
    **dict.fromkeys(("deco_fin", "deme_fin", "dela_fin"), ("saving", "term")),
    "ahor_fin": ("saving", "access"),
    "cder_fin": ("trading",),
    "valo_fin": ("trading",),
}

SOURCE_COLUMNS: tuple[str, ...] = (
    "ncodpers", "pais_residencia", "sexo", "age", "fecha_alta", "canal_entrada", "indfall", "cod_prov",
    "ind_actividad_cliente", "renta", "segmento", *(f"ind_{flag}_ult1" for flag, *_ in PRODUCTS),
)  # fmt: skip

EXTRAS: tuple[Column, ...] = (
    Column("entry_channel", Kind.TEXT, Privacy.KEEP, Purpose.FEATURE, "Channel through which the customer joined.",
           raw_name="entry_channel"),
    Column("is_active_customer", Kind.BOOLEAN, Privacy.KEEP, Purpose.FEATURE, "Activity index of the bank.",
           raw_name="is_active_customer"),
)  # fmt: skip


def adapt(month: pd.DataFrame) -> AdaptedFeed:
    """The feed of the month's rows, all texts as the file has them: padded, and with `NA` for a missing value."""
    rows = month.apply(lambda column: column.str.strip()).replace({"NA": None, "": None})
    customer_ids = rows["ncodpers"]
    flags = {flag: _numbers(rows[f"ind_{flag}_ult1"]) == 1 for flag, *_ in PRODUCTS}
    return AdaptedFeed(
        tables={
            "customers": _customers(rows),
            "products": catalogue(PRODUCTS, _CLIENT_NEEDS),
            "holdings": feed_table(HOLDINGS, owned(customer_ids, flags)),
        },
        manifest=Manifest(
            name="santander", currency="EUR", as_of=AS_OF, history="snapshot", legal_basis="legitimate_interest",
            extra_columns={"customers": EXTRAS},
        ),
    )  # fmt: skip


def _customers(rows: pd.DataFrame) -> pa.Table:
    age, province = _numbers(rows["age"]), _numbers(rows["cod_prov"])
    values = {
        "customer_id": rows["ncodpers"],
        "registered_at": [date.fromisoformat(day) if isinstance(day, str) else None for day in rows["fecha_alta"]],
        # The day for which the pipeline holds a product back: that month's attributes count there.
        "valid_from": [AS_OF - timedelta(days=1)] * len(rows),
        "status": rows["indfall"].map({"S": "deceased"}).fillna("active"),
        # A province's two digits are how its postcodes begin; the rest would not pass the privacy boundary anyway.
        "postcode": [None if pd.isna(code) else f"{int(code):02d}000" for code in province],
        "country": rows["pais_residencia"],
        # Only the age is known: most birthdays of the year are still to come on 28 January.
        "birth_date": [None if pd.isna(years) else date(AS_OF.year - 1 - int(years), 7, 1) for years in age],
        "gender": rows["sexo"].map({"H": "female", "V": "male"}),
        "annual_income": _numbers(rows["renta"]).round(2),
        "segment": rows["segmento"],
        "language": ["es"] * len(rows),
        "entry_channel": rows["canal_entrada"],
        "is_active_customer": [
            None if pd.isna(flag) else flag == 1 for flag in _numbers(rows["ind_actividad_cliente"])
        ],
    }
    return feed_table(CUSTOMERS, values, EXTRAS)


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts)
