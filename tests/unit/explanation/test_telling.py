from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from recsys.explanation.telling import Telling, telling_of
from recsys.features.encoder import fit_encoder

PRODUCT_IDS = ("account", "gold", "loan", "mortgage", "new")
NEEDS = tuple(map(frozenset, (["everyday"], ["exclusive"], ["credit", "purchases"], ["credit", "home"], [])))


@pytest.fixture(scope="module")
def telling() -> Telling:
    n = 200
    customers = pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(n)],
            "annual_income": np.linspace(10_000.0, 90_000.0, n),
            "investment_goal": ["home", "purchases"] * (n // 2),
            "held_product_ids": pa.array([["account"]] * n, pa.list_(pa.string())),
        }
    )
    encoder = fit_encoder(customers, PRODUCT_IDS)
    names = ("Account", "Gold Card", "Loan", "Mortgage", "New")
    return telling_of(encoder, names, NEEDS, np.array([True, True, True, False, False]), "EUR")


def told_of(telling: Telling, product_id: str) -> set[str]:
    may_tell = telling.may_tell[PRODUCT_IDS.index(product_id)]
    return {telling.reasons[number].code for number in np.flatnonzero(may_tell)}


def test_each_product_has_its_own_facts(telling: Telling) -> None:
    goals = {product_id: {c for c in told_of(telling, product_id) if "goal" in c} for product_id in PRODUCT_IDS}
    assert goals["loan"] == {"investment_goal:purchases"}
    assert goals["mortgage"] == {"investment_goal:home"}
    assert not goals["account"]
    assert not told_of(telling, "new")


def test_of_income_the_upper_half_of_the_bands_is_told(telling: Telling) -> None:
    bands = [reason for reason in telling.reasons if reason.topic == "annual_income"]
    told = {code for code in told_of(telling, "gold") if code.startswith("annual_income:")}
    assert told == {reason.code for reason in bands[len(bands) // 2 :]}


def test_what_is_held_is_told_by_what_it_is_for(telling: Telling) -> None:
    assert "holds:account" in told_of(telling, "account")
    assert not {code for code in told_of(telling, "mortgage") if code in ("holds:loan", "holds:mortgage")}


def test_without_a_fact_it_is_popular_or_meant_for_something_or_at_least_open(telling: Telling) -> None:
    assert [telling.reasons[number].code for number in telling.otherwise] == [
        "popular", "meant:exclusive", "meant:purchases", "meant:home", "available",
    ]  # fmt: skip


def test_who_is_not_profiled_is_told_the_same_by_a_code_of_its_own(telling: Telling) -> None:
    otherwise = [telling.reasons[number].code for number in telling.otherwise]
    assert [telling.reasons[number].code for number in telling.unprofiled] == [
        f"unprofiled:{code}" for code in otherwise
    ]
