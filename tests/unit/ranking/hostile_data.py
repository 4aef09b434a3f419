"""Products and persons as no bank should have them, drawn at random: every limit and every fact may be missing, at its
boundary, absurd, or against another one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from .bank import AS_OF

PRODUCT_IDS = ("a", "b", "")
# Also products that no catalogue lists.
HELD = (*PRODUCT_IDS, "gone", 'Ä\\"{},')
PURPOSES = ("profiling", "marketing", "marketing_email", "third_party")
TEXTS = ("active", "", "retail", "AT", "at", "closed")

ids = st.lists(st.sampled_from(HELD), max_size=4, unique=True)
small = st.none() | st.integers(-1, 8)
ages = st.none() | st.sampled_from([0, 17, 18, 19, 65, 66, 120, -5, 10**6])
texts = st.lists(st.sampled_from(TEXTS), max_size=2, unique=True).map(tuple)
years = st.none() | st.sampled_from([0, 1900, 1960, 1961, 2005, 2006, 2007, 2008, 2009, 2026, 2027, 9999])
incomes = st.none() | st.sampled_from([0.0, -1.0, 14_999.99, 15_000.0, 1e300, float("nan"), float("inf")])
near = st.none() | st.sampled_from([0, 1, -1, 89, 90, 91, 729, 730, 731, 732, -400]).map(
    lambda days: AS_OF - timedelta(days=days)
)
around_cooling_off = st.sampled_from([90, 89, 91, -400]).map(lambda days: AS_OF - timedelta(days=days))
dates = near | st.sampled_from([date(1, 1, 2), date(9999, 12, 31)])


def limits_of(product_id: str) -> dict[str, st.SearchStrategy[Any]]:
    """Strategies for the limits of a product, which may require and exclude itself, and both at once."""
    others = st.lists(st.sampled_from((*HELD, product_id)), max_size=3).map(tuple)
    return {
        "category": st.sampled_from(["account", "loan", "Loan", ""]),
        "risk_class": small,
        "min_age": ages,
        "max_age": ages,
        "min_annual_income": incomes.filter(lambda income: income is None or income == income),
        "min_horizon_years": small,
        "min_knowledge_level": small,
        "min_loss_capacity": small,
        "countries": texts,
        "target_segments": texts,
        "negative_segments": texts,
        "requires": others,
        "excludes": others,
        "max_in_category": small,
        "cooling_off_days": st.none() | st.sampled_from([90, 0, 90, 10**6]),
        "consent_purpose": st.none() | st.sampled_from([*PURPOSES, ""]),
        "launched_date": dates,
        "withdrawn_date": dates,
    }


@st.composite
def _customers(draw: st.DrawFn) -> dict[str, Any]:
    # The same product twice, and purposes that were granted without ever being decided on, are among them.
    refused = draw(st.none() | st.lists(st.tuples(st.sampled_from(HELD), around_cooling_off), max_size=4))
    known_arrears = draw(st.booleans())
    return {
        "status": draw(st.none() | st.sampled_from(TEXTS)),
        "country": draw(st.none() | st.sampled_from(TEXTS)),
        "segment": draw(st.none() | st.sampled_from(TEXTS)),
        "birth_year": draw(years),
        "birth_year_to": draw(years),
        "annual_income": draw(incomes),
        "is_in_arrears": draw(st.booleans()) if known_arrears else None,
        "is_arrears_unknown": not known_arrears and draw(st.booleans()),
        "risk_tolerance": draw(small),
        "knowledge_level": draw(small),
        "loss_capacity": draw(small),
        "horizon_years": draw(small),
        "answered_date": draw(dates),
        "is_objecting": draw(st.sampled_from([False, False, False, True])),
        "granted_purposes": draw(st.none() | st.lists(st.sampled_from(PURPOSES), unique=True)),
        "decided_purposes": draw(st.none() | st.lists(st.sampled_from(PURPOSES), unique=True)),
        "held_product_ids": draw(ids),
        "refused_product_ids": None if refused is None else [one for one, _ in refused],
        "refused_dates": None if refused is None else [day for _, day in refused],
    }


CUSTOMERS = _customers()
