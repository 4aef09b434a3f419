"""The Czech bank of the PKDD'99 challenge ("Berka") as a feed with real dates.

What the data cannot say is decided here, once:

- A client's first account counts as the day of registration, and every client of an account holds its kind of account.
  Cards belong to the client of their disposition, loans, orders and transactions to the owner of their account.
- Standing orders carry no dates. An order that is found among the transactions starts with its first payment. Among
  the 1,150 that are found, payments start 127 to 174 days after the account was opened (10 % to 90 %; median 151), so
  every other order starts `ORDER_LAG_DAYS` after its account.
- Orders of the kind UVER pay back a loan of the same account, and would tell that it exists: they are no product.
- The transactions end on 1994-03-31 while cards and loans go on to December 1998: spending can only be a feature of
  folds whose origin is near that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pyarrow as pa

from recsys.feed.adapted import AdaptedFeed, catalogue
from recsys.feed.contract import CUSTOMERS, HOLDINGS, TRANSACTIONS
from recsys.feed.manifest import Manifest
from recsys.feed.tables import feed_table

AS_OF = date(1998, 12, 31)
ORDER_LAG_DAYS = 151

FILES = ("account", "client", "disp", "card", "loan", "order", "trans")

_ACCOUNTS = {
    "POPLATEK MESICNE": "account_monthly",
    "POPLATEK TYDNE": "account_weekly",
    "POPLATEK PO OBRATU": "account_turnover",
}
_ORDERS = {"SIPO": "order_household", "POJISTNE": "order_insurance", "LEASING": "order_leasing", "": "order_other"}

PRODUCTS: tuple[tuple[str, str, str], ...] = (
    ("account_monthly", "Account with monthly statement", "account"),
    ("account_weekly", "Account with weekly statement", "account"),
    ("account_turnover", "Account with statement after each transaction", "account"),
    ("card_junior", "Junior card", "card"),
    ("card_classic", "Classic card", "card"),
    ("card_gold", "Gold card", "card"),
    *((f"loan_{months}", f"Loan over {months} months", "loan") for months in (12, 24, 36, 48, 60)),
    ("order_household", "Standing order for household bills", "payment"),
    ("order_insurance", "Standing order for insurance", "insurance"),
    ("order_leasing", "Standing order for leasing", "leasing"),
    ("order_other", "Standing order for other payments", "payment"),
)

_CLIENT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "card_junior": ("youth",),
    "card_gold": ("exclusive",),
    **dict.fromkeys((f"loan_{months}" for months in (12, 24, 36, 48, 60)), ("credit", "purchases")),
    **dict.fromkeys(("order_insurance", "order_leasing"), ("regular",)),
}

_PURPOSES = {
    "SIPO": "household", "POJISTNE": "insurance", "UVER": "loan payment", "DUCHOD": "pension",
    "UROK": "interest", "SANKC. UROK": "penalty interest", "SLUZBY": "bank fees",
}  # fmt: skip
_OPERATIONS = {
    "VKLAD": "cash deposit", "PREVOD Z UCTU": "transfer in", "VYBER": "cash withdrawal",
    "PREVOD NA UCET": "transfer out", "VYBER KARTOU": "card withdrawal",
}  # fmt: skip


def adapt(frames: Mapping[str, pd.DataFrame]) -> AdaptedFeed:
    """The feed of the seven `FILES`, each with all values as texts; blank codes may be spaces or missing."""
    tables = {name: frames[name].fillna("").apply(lambda column: column.str.strip()) for name in FILES}
    accounts = tables["account"].assign(opened=_days(tables["account"]["date"]))
    members = tables["disp"].merge(accounts, on="account_id")
    owners = members.loc[members["type"] == "OWNER", ["account_id", "client_id"]]
    return AdaptedFeed(
        tables={
            "customers": _customers(tables["client"], members, _clients_in_debt(tables["loan"], owners)),
            "products": catalogue(PRODUCTS, _CLIENT_NEEDS),
            "holdings": _holdings(tables, accounts, members, owners),
            "transactions": _transactions(tables["trans"], owners),
        },
        manifest=Manifest(
            name="berka", currency="CZK", as_of=AS_OF, history="events", legal_basis="legitimate_interest"
        ),
    )


def birth_and_sex(birth_numbers: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Dates of birth and sexes `(n,)` from YYMMDD, where the months of women are 50 higher."""
    months = birth_numbers.str[2:4].astype(int)
    is_female = months > 50
    days = birth_numbers.str[:2] + (months - 50 * is_female).astype(str).str.zfill(2) + birth_numbers.str[4:6]
    return _days(days), is_female.map({True: "female", False: "male"})


def _customers(clients: pd.DataFrame, members: pd.DataFrame, in_debt: pd.Series) -> pa.Table:
    first = members.sort_values(["opened", "account_id"]).drop_duplicates("client_id")
    rows = clients.merge(
        first[["client_id", "opened", "type", "district_id"]], on="client_id", suffixes=("", "_account")
    )
    born, sex = birth_and_sex(rows["birth_number"])
    # Debts are known at the end of the data, so they are a row of their own that holds from then.
    rows = rows.assign(born=born, sex=sex, valid_from=rows["opened"], is_in_arrears=False)
    debtors = rows[rows["client_id"].isin(in_debt)].assign(valid_from=pd.Timestamp(AS_OF), is_in_arrears=True)
    rows = pd.concat([rows, debtors])
    return feed_table(CUSTOMERS, {
        "customer_id": rows["client_id"],
        "registered_at": rows["opened"].dt.date,
        "valid_from": rows["valid_from"].dt.date,
        "status": ["active"] * len(rows),
        "country": ["CZ"] * len(rows),
        "birth_date": rows["born"].dt.date,
        "gender": rows["sex"],
        "is_in_arrears": rows["is_in_arrears"],
        "segment": rows["type"].map({"OWNER": "owner", "DISPONENT": "authorised user"}),
        "branch": "district " + rows["district_id_account"],
        "language": ["cs"] * len(rows),
    })  # fmt: skip


def _clients_in_debt(loans: pd.DataFrame, owners: pd.DataFrame) -> pd.Series:
    return loans[loans["status"] == "D"].merge(owners, on="account_id")["client_id"]


def _holdings(
    tables: Mapping[str, pd.DataFrame], accounts: pd.DataFrame, members: pd.DataFrame, owners: pd.DataFrame
) -> pa.Table:
    loans = tables["loan"].merge(owners, on="account_id")
    loans = loans.assign(product_id="loan_" + loans["duration"], opened=_days(loans["date"]))
    cards = tables["card"].merge(members, on="disp_id", suffixes=("", "_disp"))
    parts = [
        members.assign(product_id=members["frequency"].map(_ACCOUNTS)),
        cards.assign(product_id="card_" + cards["type"], opened=_days(cards["issued"].str[:6])),
        loans.assign(closed=_loan_ends(loans)),
        _orders(tables["order"], tables["trans"], accounts).merge(owners, on="account_id"),
    ]
    columns = ["client_id", "product_id", "opened", "closed"]
    rows = pd.concat([part.assign(closed=part.get("closed", pd.Series(pd.NaT, part.index)))[columns] for part in parts])
    # Two orders for the same purpose, or two accounts of one kind, are one holding.
    rows = rows.sort_values("opened").drop_duplicates(["client_id", "product_id"])
    return feed_table(HOLDINGS, {
        "customer_id": rows["client_id"],
        "product_id": rows["product_id"],
        "opened_at": rows["opened"].dt.date,
        "closed_at": [None if pd.isna(day) else day.date() for day in rows["closed"]],
    })  # fmt: skip


def _loan_ends(loans: pd.DataFrame) -> pd.Series:
    """The last month of each loan, where it lies before `AS_OF`."""
    durations = loans["duration"].astype(int)
    ends = [day + pd.DateOffset(months=months) for day, months in zip(loans["opened"], durations, strict=True)]
    days = pd.Series(ends, loans.index, dtype="datetime64[ns]")
    return days.where(days <= pd.Timestamp(AS_OF))


def _orders(orders: pd.DataFrame, transactions: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    orders = orders[orders["k_symbol"] != "UVER"]
    orders = orders.assign(product_id=orders["k_symbol"].map(_ORDERS), cents=_cents(orders["amount"]))
    paid = transactions[transactions["operation"] == "PREVOD NA UCET"]
    paid = paid.rename(columns={"bank": "bank_to", "account": "account_to"}).assign(
        cents=_cents(paid["amount"]), first=_days(paid["date"])
    )
    keys = ["account_id", "bank_to", "account_to", "cents"]
    first_paid = paid.groupby(keys)["first"].min().reset_index()
    rows = orders.merge(first_paid, on=keys, how="left").merge(accounts[["account_id", "opened"]], on="account_id")
    assumed = rows["opened"] + pd.Timedelta(days=ORDER_LAG_DAYS)
    return rows.assign(opened=rows["first"].fillna(assumed))


def _transactions(transactions: pd.DataFrame, owners: pd.DataFrame) -> pa.Table:
    rows = transactions.merge(owners, on="account_id")
    is_credit = rows["type"] == "PRIJEM"
    amount = rows["amount"].astype(float).where(is_credit, -rows["amount"].astype(float))
    category = rows["k_symbol"].map(_PURPOSES).fillna(rows["operation"].map(_OPERATIONS)).fillna("other")
    account = rows["account"] + "/" + rows["bank"]
    return feed_table(TRANSACTIONS, {
        "transaction_id": rows["trans_id"],
        "customer_id": rows["client_id"],
        "booked_at": _days(rows["date"]),
        "amount": amount,
        "currency": ["CZK"] * len(rows),
        "category": category,
        "counterparty_iban": account.where(rows["account"] != "", None),
        "description": (rows["operation"] + " " + rows["k_symbol"]).str.strip().replace("", None),
    })  # fmt: skip


def _days(dates: pd.Series) -> pd.Series:
    """YYMMDD, all of the 20th century."""
    return pd.to_datetime("19" + dates, format="%Y%m%d")


def _cents(amounts: pd.Series) -> pd.Series:
    return (amounts.astype(float) * 100).round().astype("int64")
