"""The 24 products of the demo bank, with the limits under which they are sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from recsys.feed.contract import PRODUCTS
from recsys.feed.tables import feed_table

ACCOUNTS = ("current_account", "youth_account", "premium_account")


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `rate` is the openings a year of an average permitted customer, before taste."""

    product_id: str
    product_name: str
    category: str
    rate: float
    description: str
    risk_class: int | None = None
    min_age: int | None = 18
    max_age: int | None = None
    min_annual_income: int | None = None
    min_horizon_years: int | None = None
    min_knowledge_level: int | None = None
    min_loss_capacity: int | None = None
    countries: tuple[str, ...] = ()
    target_segments: tuple[str, ...] = ()
    negative_segments: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    max_in_category: int | None = None
    cooling_off_days: int | None = None
    consent_purpose: str | None = None
    client_needs: tuple[str, ...] = ()
    annual_fee: float = 0.0
    value: float = 0.0
    launched_days_before: int | None = None
    withdrawn_days_before: int | None = None


CATALOGUE: tuple[Product, ...] = (
    Product("current_account", "Everyday Account", "account", 0.05, "Current account with online banking.",
            value=35, excludes=("youth_account",)),
    Product("youth_account", "Youth Account", "account", 0.05, "Free current account for young people.",
            min_age=14, max_age=25, value=5, excludes=("current_account", "premium_account"),
            client_needs=("youth",)),
    Product("premium_account", "Premium Account", "account", 0.04, "Account with advisor, insurance and card included.",
            min_annual_income=60_000, annual_fee=144, value=160, excludes=("youth_account",),
            target_segments=("affluent", "private"), client_needs=("everyday", "exclusive")),
    Product("instant_savings", "Instant Access Savings", "savings", 0.09, "Available every day.",
            min_age=14, value=20, client_needs=("saving", "access")),
    Product("term_deposit", "Fixed Term Deposit", "savings", 0.05, "Fixed interest for one to five years.", value=40,
            client_needs=("saving", "term")),
    Product("home_savings", "Home Savings Plan", "savings", 0.06, "Save for a home, with a right to a loan.",
            min_age=16, max_age=55, min_horizon_years=3, countries=("DE", "FR"), value=60,
            client_needs=("home",)),
    Product("passbook", "Savings Passbook", "savings", 0.05, "The classic passbook, no longer sold.",
            min_age=14, value=10, withdrawn_days_before=520, client_needs=("saving", "access")),
    Product("debit_card", "Debit Card", "card", 0.12, "Pay and withdraw anywhere.",
            min_age=14, value=12, requires=ACCOUNTS),
    Product("credit_card", "Credit Card", "card", 0.08, "Pay next month, with travel cover.",
            min_annual_income=15_000, annual_fee=29, value=45, requires=ACCOUNTS, client_needs=("paying", "travel")),
    Product("gold_card", "Gold Credit Card", "card", 0.05, "Lounge access, concierge and high limits.",
            min_age=21, min_annual_income=50_000, annual_fee=99, value=110,
            requires=("current_account", "premium_account"), negative_segments=("student",),
            client_needs=("paying", "travel", "exclusive")),
    Product("personal_loan", "Personal Loan", "loan", 0.05, "Up to 50,000 for any purpose.",
            max_age=75, min_annual_income=18_000, value=150, requires=ACCOUNTS, max_in_category=2,
            client_needs=("credit", "purchases")),
    Product("car_loan", "Car Loan", "loan", 0.05, "A new or used car, paid monthly.",
            max_age=72, min_annual_income=20_000, value=140, negative_segments=("student",),
            max_in_category=2, client_needs=("credit", "mobility")),
    Product("student_loan", "Student Loan", "loan", 0.08, "Pay for your studies, repay with your first salary.",
            max_age=32, value=60, countries=("DE", "IE"), target_segments=("student",),
            client_needs=("credit", "study")),
    Product("fixed_mortgage", "Fixed Rate Mortgage", "mortgage", 0.04, "Ten years of certainty for your home.",
            min_age=21, max_age=62, min_annual_income=32_000, value=600, excludes=("variable_mortgage",),
            negative_segments=("student",)),
    Product("variable_mortgage", "Variable Rate Mortgage", "mortgage", 0.02, "A home loan that follows the market.",
            min_age=21, max_age=58, min_annual_income=45_000, value=520, countries=("DE", "IE"),
            excludes=("fixed_mortgage",), negative_segments=("student",)),
    Product("home_insurance", "Home Insurance", "insurance", 0.06, "Building and contents.", value=70,
            client_needs=("household",)),
    Product("life_insurance", "Term Life Insurance", "insurance", 0.05, "Security for those who depend on you.",
            max_age=65, value=90, cooling_off_days=180, client_needs=("family",)),
    Product("travel_insurance", "Travel Insurance", "insurance", 0.06,
            "Cancellation, luggage and health abroad, from our partner.",
            max_age=80, annual_fee=39, value=18, consent_purpose="third_party", client_needs=("travel",)),
    Product("bond_fund", "Bond Fund", "fund", 0.05, "Government and company bonds.", risk_class=2, min_horizon_years=2,
            min_knowledge_level=1, annual_fee=10, value=55, requires=ACCOUNTS, client_needs=("preservation",)),
    Product("mixed_fund", "Balanced Fund", "fund", 0.05, "Half shares, half bonds.", risk_class=4, min_horizon_years=4,
            min_knowledge_level=1, min_loss_capacity=1, annual_fee=15, value=75, requires=ACCOUNTS,
            client_needs=("growth",)),
    Product("equity_fund", "World Equity Fund", "fund", 0.05, "Shares from all over the world.", risk_class=5,
            min_horizon_years=6, min_knowledge_level=2, min_loss_capacity=2, annual_fee=15, value=85,
            requires=ACCOUNTS),
    Product("pension_plan", "Private Pension Plan", "fund", 0.05, "Save for retirement, with tax relief.", risk_class=3,
            max_age=60, min_horizon_years=5, min_knowledge_level=1, min_loss_capacity=1, countries=("DE", "FR"),
            value=120, client_needs=("retirement",)),
    Product("brokerage_account", "Brokerage Account", "brokerage", 0.05, "Trade shares, bonds and funds.", risk_class=6,
            min_horizon_years=3, min_knowledge_level=3, min_loss_capacity=2, annual_fee=20, value=95,
            requires=ACCOUNTS, client_needs=("trading",)),
    Product("robo_portfolio", "Digital Portfolio", "brokerage", 0.0, "A managed portfolio, opening soon.", risk_class=4,
            min_horizon_years=3, min_knowledge_level=1, launched_days_before=-75, annual_fee=25, value=80),
)  # fmt: skip

PRODUCT_IDS: tuple[str, ...] = tuple(product.product_id for product in CATALOGUE)


def launch_date(product: Product, as_of: date) -> date:
    """First day of sale; the bank opened with all products that name no other day."""
    if product.launched_days_before is None:
        return date(1990, 1, 1)
    return as_of - timedelta(days=product.launched_days_before)


def withdrawal_date(product: Product, as_of: date) -> date | None:
    """First day without sale."""
    if product.withdrawn_days_before is None:
        return None
    return as_of - timedelta(days=product.withdrawn_days_before)


def product_table(as_of: date) -> pa.Table:
    """The catalogue as a feed table."""
    rows = [
        {name: getattr(product, name, None) for name in PRODUCTS.column_names}
        | {"launched_at": launch_date(product, as_of), "withdrawn_at": withdrawal_date(product, as_of)}
        for product in CATALOGUE
    ]
    return feed_table(
        PRODUCTS, {name: [None if row[name] == () else row[name] for row in rows] for name in PRODUCTS.column_names}
    )
