"""The feed contract: every table and column that a bank may deliver, declared once.

Validation, the privacy policy, `docs/feed.md`, the raw tables and dbt's sources are derived from these declarations or
are checked against them by tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.feed.columns import Clustering, Column, Kind, Privacy, Purpose, Standard, Table, standard_of


def _column(
    name: str,
    kind: Kind,
    privacy: Privacy,
    purpose: Purpose,
    description: str,
    **limits: object,
) -> Column:
    raw_name = limits.pop("raw_name", None)
    if raw_name is None and privacy in (Privacy.KEEP, Privacy.REDACT):
        raw_name = name
    standard = _STANDARDS.get(name, standard_of(kind))
    limits |= {"is_quasi_identifier": name in _QUASI_IDENTIFIERS, "is_sensitive": name in _SENSITIVE}
    return Column(name, kind, privacy, purpose, description, raw_name=raw_name, standard=standard, **limits)  # type: ignore[arg-type]


# The same in every table. Ids stay as the bank writes them: it gets them back. So do choices: they are the contract's.
# What is dropped after the check needs none.
_STANDARDS: Mapping[str, Standard] = {
    "full_name": Standard.NAME,
    "street": Standard.ADDRESS,
    "city": Standard.ADDRESS,
    "postcode": Standard.POSTCODE,
    "country": Standard.COUNTRY,
    "email": Standard.EMAIL,
    "phone": Standard.PHONE,
    "national_id": Standard.NATIONAL_ID,
    "iban": Standard.IBAN,
    "counterparty_iban": Standard.IBAN,
    "currency": Standard.CURRENCY,
    **dict.fromkeys(
        {"gender", "marital_status", "education", "employment_status", "occupation", "segment", "branch", "language"}
        | {"product_name", "category", "description", "merchant", "comment", "investment_goal"}
        | {"channel", "note"},
        Standard.TEXT,
    ),
}


# Of customers: what others may know of them, and what they should not learn.
_QUASI_IDENTIFIERS = frozenset(
    {"postcode", "country", "birth_date", "gender", "marital_status", "n_dependants", "education", "employment_status"}
    | {"occupation", "language"}
)
_SENSITIVE = frozenset({"annual_income", "is_in_arrears", "risk_tolerance"})

_T, _I, _M, _D, _TS, _B, _TL = (
    Kind.TEXT,
    Kind.INTEGER,
    Kind.MONEY,
    Kind.DATE,
    Kind.TIMESTAMP,
    Kind.BOOLEAN,
    Kind.TEXT_LIST,
)
_STAGING, _INSIDE = Clustering.STAGING, Clustering.INSIDE
_KEEP, _KEY, _COARSE, _REDACT, _SEAL = (
    Privacy.KEEP,
    Privacy.PSEUDONYMISE,
    Privacy.GENERALISE,
    Privacy.REDACT,
    Privacy.ENCRYPT,
)
_FEATURE, _RULE, _AUDIT, _CONTACT = Purpose.FEATURE, Purpose.RULE, Purpose.AUDIT, Purpose.CONTACT


def _customer_id(description: str, *, references: str | None = "customers.customer_id") -> Column:
    return _column(
        "customer_id", _T, _KEY, _RULE, description, required=True, raw_name="customer_key", references=references
    )


def _product_id(description: str, *, is_sensitive: bool = False) -> Column:
    return replace(
        _column("product_id", _T, _KEEP, _FEATURE, description, required=True, references="products.product_id"),
        is_sensitive=is_sensitive,
    )


# For so long a refusal can count, and interactions are kept at least (`privacy/retention.py`).
MAX_COOLING_OFF_DAYS = 365
# What a product is for. `recsys.explanation.needs` says which facts about a customer speak to which.
CLIENT_NEEDS = (
    "everyday", "paying", "regular", "youth", "study", "exclusive", "travel", "saving", "access", "term", "home",
    "home_equity", "property", "household", "mobility", "purchases", "credit", "family", "protection", "retirement",
    "preservation", "growth", "trading",
)  # fmt: skip

CONSENT_PURPOSES = (
    "profiling",
    "marketing",
    "marketing_email",
    "marketing_push",
    "marketing_sms",
    "marketing_phone",
    "marketing_post",
    "third_party",
)

CUSTOMERS = Table(
    "customers",
    "Everybody that the bank has registered. A customer whose attributes changed has one row per `valid_from`.",
    key=("customer_id", "valid_from"),
    required=True,
    columns=(
        _customer_id("The bank's own id of the customer.", references=None),
        _column("registered_at", _D, _KEEP, _FEATURE, "Day of registration.", not_future=True),
        _column("valid_from", _D, _KEEP, _RULE, "Day from which this row's attributes hold.", not_future=True),
        _column("status", _T, _KEEP, _RULE, "active, closed or deceased.", choices=("active", "closed", "deceased")),
        _column("full_name", _T, _SEAL, _CONTACT, "Given and family name."),
        _column("email", _T, _SEAL, _CONTACT, "E-mail address."),
        _column("phone", _T, _SEAL, _CONTACT, "Telephone number."),
        _column("street", _T, _SEAL, _CONTACT, "Street and house number."),
        _column("postcode", _T, _COARSE, _FEATURE, "Postcode; only the region passes.", raw_name="region"),
        _column("city", _T, _SEAL, _CONTACT, "Town.", clustered=_INSIDE),
        _column("country", _T, _KEEP, _FEATURE, "Country of residence, ISO 3166 alpha-2.", max_length=2),
        _column(
            "birth_date",
            _D,
            _COARSE,
            _FEATURE,
            "Date of birth; only the year passes.",
            raw_name="birth_year",
            not_future=True,
        ),
        _column("gender", _T, _KEEP, _AUDIT, "As the bank records it.", max_length=20),
        _column("national_id", _T, _SEAL, _CONTACT, "National identity number."),
        _column("iban", _T, _SEAL, _CONTACT, "The customer's own account."),
        _column("marital_status", _T, _KEEP, _AUDIT, "As the bank records it.", max_length=40, clustered=_STAGING),
        _column(
            "n_dependants", _I, _KEEP, _FEATURE, "Persons who depend on the customer's income.", minimum=0, maximum=30
        ),
        _column("education", _T, _KEEP, _FEATURE, "Highest education.", max_length=60, clustered=_STAGING),
        _column(
            "employment_status",
            _T,
            _KEEP,
            _FEATURE,
            "employed, self-employed, student, retired, ...",
            max_length=60,
            clustered=_STAGING,
        ),
        _column(
            "occupation",
            _T,
            _REDACT,
            _FEATURE,
            "Occupation, as the customer or the bank names it.",
            max_length=100,
            clustered=_STAGING,
        ),
        _column("annual_income", _M, _KEEP, _FEATURE, "Gross yearly income.", minimum=0, maximum=1e9),
        _column("is_in_arrears", _B, _KEEP, _RULE, "Behind with a payment."),
        _column("segment", _T, _KEEP, _FEATURE, "The bank's own segment.", max_length=60, clustered=_STAGING),
        _column(
            "branch", _T, _KEEP, _AUDIT, "Branch that looks after the customer.", max_length=60, clustered=_STAGING
        ),
        _column("advisor_id", _T, _KEY, _AUDIT, "Advisor who looks after the customer.", raw_name="advisor_key"),
        _column("language", _T, _KEEP, _CONTACT, "Preferred language, ISO 639-1.", max_length=8),
    ),
)

PRODUCTS = Table(
    "products",
    "The bank's catalogue. A limit that is left empty does not exist.",
    key=("product_id",),
    required=True,
    columns=(
        _column("product_id", _T, _KEEP, _FEATURE, "The bank's own id of the product.", required=True),
        _column("product_name", _T, _KEEP, _FEATURE, "Name that customers see.", required=True),
        _column(
            "category", _T, _KEEP, _FEATURE, "account, savings, card, loan, mortgage, ...", required=True, max_length=60
        ),
        _column(
            "risk_class",
            _I,
            _KEEP,
            _RULE,
            "Summary risk indicator 1-7; empty: not an investment.",
            minimum=1,
            maximum=7,
        ),
        _column("min_age", _I, _KEEP, _RULE, "Youngest age in years.", minimum=0, maximum=120),
        _column("max_age", _I, _KEEP, _RULE, "Oldest age in years.", minimum=0, maximum=120),
        _column("min_annual_income", _M, _KEEP, _RULE, "Lowest gross yearly income.", minimum=0),
        _column("min_horizon_years", _I, _KEEP, _RULE, "Shortest investment horizon in years.", minimum=0, maximum=60),
        _column("min_knowledge_level", _I, _KEEP, _RULE, "Least knowledge and experience, 0-5.", minimum=0, maximum=5),
        _column("min_loss_capacity", _I, _KEEP, _RULE, "Least capacity for loss, 0-5.", minimum=0, maximum=5),
        _column("countries", _TL, _KEEP, _RULE, "Countries of residence it is sold in."),
        _column("target_segments", _TL, _KEEP, _RULE, "Segments that it is meant for."),
        _column("negative_segments", _TL, _KEEP, _RULE, "Segments that it is not meant for."),
        _column("requires", _TL, _KEEP, _RULE, "Products of which the customer must hold one."),
        _column("excludes", _TL, _KEEP, _RULE, "Products of which the customer may hold none."),
        _column("max_in_category", _I, _KEEP, _RULE, "Most products of its category that a customer holds.", minimum=1),
        _column(
            "cooling_off_days",
            _I,
            _KEEP,
            _RULE,
            "Days for which it is not offered after a dislike; 0: none; empty: as the bank has set for all.",
            minimum=0,
            maximum=MAX_COOLING_OFF_DAYS,
        ),
        _column(
            "consent_purpose",
            _T,
            _KEEP,
            _RULE,
            "Purpose of `consents` that the customer must have allowed.",
            choices=CONSENT_PURPOSES,
        ),
        _column(
            "client_needs",
            _TL,
            _KEEP,
            _RULE,
            "What it is for, by which reasons are chosen; empty: what its category is for.",
            choices=CLIENT_NEEDS,
        ),
        _column("annual_fee", _M, _KEEP, _FEATURE, "Yearly fee.", minimum=0),
        _column("value", _M, _KEEP, _AUDIT, "Expected yearly contribution to the bank."),
        _column("launched_at", _D, _KEEP, _RULE, "First day of sale."),
        _column("withdrawn_at", _D, _KEEP, _RULE, "First day without sale."),
        _column("description", _T, _KEEP, _FEATURE, "What it is, in a sentence.", max_length=4000),
    ),
)

HOLDINGS = Table(
    "holdings",
    "Who holds or held which product. In a snapshot without dates, `opened_at` is empty.",
    key=("customer_id", "product_id", "opened_at"),
    required=True,
    columns=(
        _customer_id("Holder."),
        _product_id("Product held.", is_sensitive=True),
        _column("opened_at", _D, _KEEP, _FEATURE, "First day held.", not_future=True),
        _column("closed_at", _D, _KEEP, _FEATURE, "First day no longer held.", not_future=True),
        _column("balance", _M, _KEEP, _AUDIT, "Balance at the end of the feed."),
    ),
)

TRANSACTIONS = Table(
    "transactions",
    "Booked payments; money in is positive, money out negative.",
    key=("transaction_id",),
    columns=(
        _column("transaction_id", _T, _KEEP, _AUDIT, "The bank's own id of the booking.", required=True),
        _customer_id("Whose account."),
        _column("booked_at", _TS, _KEEP, _FEATURE, "When it was booked.", required=True, not_future=True),
        _column(
            "amount", _M, _KEEP, _FEATURE, "Amount, positive for money in.", required=True, minimum=-1e12, maximum=1e12
        ),
        _column("currency", _T, _KEEP, _FEATURE, "ISO 4217; empty: the feed's currency.", max_length=3),
        _column("category", _T, _KEEP, _FEATURE, "Spending category.", max_length=60, clustered=_STAGING),
        _column("merchant", _T, _REDACT, _FEATURE, "Merchant, as booked.", clustered=_STAGING),
        _column("counterparty_name", _T, Privacy.DROP, _AUDIT, "The other side's name."),
        _column("counterparty_iban", _T, _KEY, _AUDIT, "The other side's account.", raw_name="counterparty_key"),
        _column("description", _T, _REDACT, _AUDIT, "Booking text.", max_length=2000),
    ),
)

SURVEYS = Table(
    "surveys",
    "Answers of customers about goals, risk and knowledge; the newest counts.",
    key=("response_id",),
    columns=(
        _column("response_id", _T, _KEEP, _AUDIT, "The survey tool's id.", required=True),
        _customer_id("Who answered."),
        _column("answered_at", _TS, _KEEP, _RULE, "When.", required=True, not_future=True),
        _column(
            "investment_goal",
            _T,
            _KEEP,
            _FEATURE,
            "retirement, home, education, wealth, safety, ...",
            max_length=60,
            clustered=_STAGING,
        ),
        _column("horizon_years", _I, _KEEP, _FEATURE, "Years until the money is needed.", minimum=0, maximum=80),
        _column("risk_tolerance", _I, _KEEP, _FEATURE, "1 (none) to 7 (highest).", minimum=1, maximum=7),
        _column("knowledge_level", _I, _KEEP, _FEATURE, "0 (none) to 5 (professional).", minimum=0, maximum=5),
        _column("loss_capacity", _I, _KEEP, _FEATURE, "0 (none) to 5 (high).", minimum=0, maximum=5),
        _column("comment", _T, _REDACT, _AUDIT, "Free text.", max_length=4000),
    ),
)

CONSENTS = Table(
    "consents",
    "What customers allowed; the latest counts, and a refusal wins a tie.",
    key=("customer_id", "purpose", "recorded_at", "is_granted"),
    columns=(
        _customer_id("Who decided."),
        _column(
            "purpose",
            _T,
            _KEEP,
            _RULE,
            "What for. `marketing` speaks for every channel of which nothing is said; refused later, it ends them all. "
            "`third_party`: offers of the bank's partners.",
            required=True,
            choices=CONSENT_PURPOSES,
        ),
        _column("is_granted", _B, _KEEP, _RULE, "Allowed or refused.", required=True),
        _column("recorded_at", _TS, _KEEP, _RULE, "When.", required=True, not_future=True),
    ),
)

INTERACTIONS = Table(
    "interactions",
    "What customers did with product offers, on any channel.",
    key=("event_id",),
    columns=(
        _column("event_id", _T, _KEEP, _AUDIT, "The source's id of the event.", required=True),
        _customer_id("Who."),
        _product_id("Which product."),
        _column(
            "event_type",
            _T,
            _KEEP,
            _FEATURE,
            "view, click, inquiry, application, like or dislike.",
            required=True,
            choices=("view", "click", "inquiry", "application", "like", "dislike"),
        ),
        _column("value", Kind.NUMBER, _KEEP, _FEATURE, "A rating, where there is one."),
        _column("channel", _T, _KEEP, _FEATURE, "app, web, branch, phone, e-mail.", max_length=40, clustered=_STAGING),
        _column(
            "note", _T, _REDACT, _AUDIT, "What was said: a customer's inquiry, an advisor's CRM note.", max_length=4000
        ),
        _column("occurred_at", _TS, _KEEP, _FEATURE, "When.", required=True, not_future=True),
    ),
)

TABLES: tuple[Table, ...] = (CUSTOMERS, PRODUCTS, HOLDINGS, TRANSACTIONS, SURVEYS, CONSENTS, INTERACTIONS)
TABLE_BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}


def _clustered(where: Clustering) -> tuple[tuple[str, str], ...]:
    return tuple(
        (table.name, column.raw_name or column.name)
        for table in TABLES
        for column in table.columns
        if column.clustered is where
    )


# The columns whose values are clustered, as (table, column): those of `raw`, and those that never get there.
CLUSTERED_IN_STAGING, CLUSTERED_INSIDE = _clustered(_STAGING), _clustered(_INSIDE)
CLUSTERED = (*CLUSTERED_IN_STAGING, *CLUSTERED_INSIDE)
