"""The US Survey of Consumer Finances 2019 as a feed: a snapshot of what households own.

No column that would tell what a household owns becomes an attribute: no balance, debt, payment or net worth, no income
from interest, dividends, capital gains, pensions or a business, neither rent nor housing status (only owners have a
mortgage), no late payments and no applications for credit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

import numpy as np
import pandas as pd
import pyarrow as pa

from recsys.feed.adapted import AdaptedFeed, catalogue, owned
from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.contract import CUSTOMERS, HOLDINGS, SURVEYS
from recsys.feed.manifest import Manifest
from recsys.feed.tables import feed_table

AS_OF = date(2019, 12, 31)
# Before the day for which the pipeline holds a product back, so that the answers count there.
ANSWERED = date(2019, 12, 1)

# Column of the summary extract (owned where above 0), product, name, category.
PRODUCTS: tuple[tuple[str, str, str, str], ...] = (
    ("HCHECK", "checking_account", "Checking account", "account"),
    ("HCALL", "cash_account", "Broker cash account", "account"),
    ("PREPAID", "prepaid_card", "Prepaid card", "card"),
    ("HCCBAL", "credit_card_credit", "Revolving credit card", "card"),
    ("HSAVING", "savings_account", "Savings account", "savings"),
    ("MMDA", "money_market_account", "Money market account", "savings"),
    ("HCDS", "certificate_of_deposit", "Certificate of deposit", "savings"),
    ("HSAVBND", "savings_bond", "Savings bond", "savings"),
    ("MMMF", "money_market_fund", "Money market fund", "fund"),
    ("STMUTF", "stock_fund", "Stock fund", "fund"),
    ("TFBMUTF", "tax_free_bond_fund", "Tax-free bond fund", "fund"),
    ("GBMUTF", "government_bond_fund", "Government bond fund", "fund"),
    ("OBMUTF", "other_bond_fund", "Bond fund", "fund"),
    ("COMUTF", "balanced_fund", "Balanced fund", "fund"),
    ("HSTOCKS", "stocks", "Share portfolio", "brokerage"),
    ("HBOND", "bonds", "Bond portfolio", "brokerage"),
    ("HBROK", "brokerage_account", "Brokerage account", "brokerage"),
    ("IRAKH", "retirement_account", "Individual retirement account", "retirement"),
    ("THRIFT", "workplace_retirement_plan", "Workplace retirement plan", "retirement"),
    ("ANNUIT", "annuity", "Annuity", "insurance"),
    ("HCASHLI", "life_insurance", "Cash value life insurance", "insurance"),
    ("TRUSTS", "managed_trust", "Managed trust", "brokerage"),
    ("HPRIM_MORT", "mortgage", "Mortgage", "mortgage"),
    ("HSEC_MORT", "second_mortgage", "Second mortgage", "mortgage"),
    ("HHELOC", "home_equity_line", "Home equity line of credit", "mortgage"),
    ("HRESDBT", "property_loan", "Property loan", "mortgage"),
    ("HVEH_INST", "vehicle_loan", "Vehicle loan", "loan"),
    ("HEDN_INST", "education_loan", "Education loan", "loan"),
    ("HOTH_INST", "instalment_loan", "Instalment loan", "loan"),
    ("HOTHLOC", "credit_line", "Line of credit", "loan"),
)

# Of the rest the category says what they are for.
_CLIENT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "cash_account": ("access",),
    **dict.fromkeys(("savings_account", "money_market_account", "money_market_fund"), ("saving", "access")),
    **dict.fromkeys(("tax_free_bond_fund", "government_bond_fund", "other_bond_fund", "bonds"), ("preservation",)),
    **dict.fromkeys(("stocks", "brokerage_account"), ("trading",)),
    "managed_trust": ("growth", "exclusive"),
    "annuity": ("retirement",),
    "life_insurance": ("family",),
    **dict.fromkeys(("second_mortgage", "home_equity_line"), ("credit", "home_equity")),
    "vehicle_loan": ("credit", "mobility"),
    "education_loan": ("credit", "study"),
    "instalment_loan": ("credit", "purchases"),
    "property_loan": ("credit", "property"),
    **dict.fromkeys(("certificate_of_deposit", "savings_bond"), ("saving", "term")),
}

_EDUCATION = {1: "no high school", 2: "high school", 3: "some college", 4: "college degree"}
_EMPLOYMENT = {1: "employed", 2: "self-employed", 3: "retired", 4: "not working"}
_OCCUPATION = {1: "managerial or professional", 2: "technical, sales or services", 3: "other", 4: "not working"}
_GOALS = ("none", "education", "family", "home", "purchases", "retirement", "liquidity", "wealth", "no particular")
_SAVING = {1: "spends more than income", 2: "spends as much as income", 3: "spends less than income"}

# Spending and habits that say nothing about what is owned.
EXTRAS: tuple[tuple[str, str, Kind, str], ...] = (
    ("FOODHOME", "food_at_home", Kind.MONEY, "Yearly spending on food at home."),
    ("FOODAWAY", "food_away", Kind.MONEY, "Yearly spending in restaurants."),
    ("FOODDELV", "food_delivered", Kind.MONEY, "Yearly spending on delivered food."),
    ("WSAVED", "saving_habit", Kind.TEXT, "Saving habit."),
)

SOURCE_COLUMNS: tuple[str, ...] = (
    "Y1", "AGE", "HHSEX", "EDCL", "OCCAT1", "OCCAT2", "MARRIED", "KIDS", "INCOME", "KNOWL", "YESFINRISK", "NOFINRISK",
    *(f"SAVRES{place}" for place in range(1, 10)),
    *(source for source, *_ in EXTRAS),
    *(source for source, *_ in PRODUCTS),
)  # fmt: skip


def adapt(survey: pd.DataFrame) -> AdaptedFeed:
    """The feed of a summary extract with `SOURCE_COLUMNS`; of the five implicates of a household the first is kept."""
    households = survey[survey["Y1"] % 10 == 1].reset_index(drop=True)
    customer_ids = "H" + (households["Y1"] // 10).astype(str)
    flags = {product_id: households[source] > 0 for source, product_id, *_ in PRODUCTS}
    extras = _extra_columns()
    return AdaptedFeed(
        tables={
            "customers": _customers(households, customer_ids, extras),
            "products": catalogue((row[1:] for row in PRODUCTS), _CLIENT_NEEDS),
            "holdings": feed_table(HOLDINGS, owned(customer_ids, flags)),
            "surveys": _surveys(households, customer_ids),
        },
        manifest=Manifest(
            name="scf2019", currency="USD", as_of=AS_OF, history="snapshot", legal_basis="legitimate_interest",
            extra_columns={"customers": extras},
        ),
    )  # fmt: skip


def _customers(households: pd.DataFrame, customer_ids: pd.Series, extras: tuple[Column, ...]) -> pa.Table:
    n = len(households)
    values = {
        "customer_id": customer_ids,
        "valid_from": [ANSWERED] * n,
        "status": ["active"] * n,
        "country": ["US"] * n,
        "birth_date": [date(ANSWERED.year - age, 1, 1) for age in households["AGE"]],
        "gender": households["HHSEX"].map({1: "male", 2: "female"}),
        "marital_status": households["MARRIED"].map({1: "married or living with partner", 2: "neither"}),
        "n_dependants": households["KIDS"],
        "education": households["EDCL"].map(_EDUCATION),
        "employment_status": households["OCCAT1"].map(_EMPLOYMENT),
        "occupation": households["OCCAT2"].map(_OCCUPATION),
        "annual_income": households["INCOME"].clip(lower=0).round(2),
        "language": ["en"] * n,
    }
    for source, name, kind, _ in EXTRAS:
        values[name] = households[source].map(_SAVING) if kind is Kind.TEXT else households[source].round(2)
    return feed_table(CUSTOMERS, values, extras)


def _surveys(households: pd.DataFrame, customer_ids: pd.Series) -> pa.Table:
    reasons = households[[f"SAVRES{place}" for place in range(1, 10)]].to_numpy()
    goals = np.where(reasons.any(axis=1), np.array(_GOALS, object)[reasons.argmax(axis=1)], None)
    risk = np.select([households["NOFINRISK"] == 1, households["YESFINRISK"] == 1], [1, 7], 4)
    return feed_table(
        SURVEYS,
        {
            "response_id": "R" + customer_ids,
            "customer_id": customer_ids,
            "answered_at": [datetime.combine(ANSWERED, time())] * len(households),
            "investment_goal": goals,
            "risk_tolerance": risk,
            # 0 to 10 becomes 0 to 5; the extract writes -1 for "not at all knowledgeable".
            "knowledge_level": (households["KNOWL"].clip(lower=0) // 2).astype(int),
        },
    )


def _extra_columns() -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            kind,
            Privacy.KEEP,
            Purpose.FEATURE,
            description,
            raw_name=name,
        )
        for _, name, kind, description in EXTRAS
    )
