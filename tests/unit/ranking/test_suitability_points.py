"""How an investment compares with what a customer told."""

from __future__ import annotations

import pytest

from recsys.ranking.suitability_points import Point, Told, compare

from .bank import product

FUND = product("fund", risk_class=4, min_horizon_years=3)


def told(**answers: int) -> Told:
    known: dict[str, int | None] = dict.fromkeys(
        ("horizon_years", "risk_tolerance", "knowledge_level", "loss_capacity")
    )
    return Told(investment_goal=None, answered_date=None, **(known | answers))


@pytest.mark.parametrize(
    ("answers", "unmet"),
    [
        ({"risk_tolerance": 4, "horizon_years": 3}, set()),
        ({"risk_tolerance": 3, "horizon_years": 3}, {Point.RISK}),
        ({"risk_tolerance": 4, "horizon_years": 2}, {Point.HORIZON}),
        # What nobody knows meets no limit.
        ({}, {Point.RISK, Point.HORIZON}),
    ],
)
def test_point_is_met_where_the_customer_told_at_least_what_is_asked(
    answers: dict[str, int], unmet: set[Point]
) -> None:
    assert {one.point for one in compare(told(**answers), FUND) if not one.is_met} == unmet


def test_product_that_is_no_investment_is_not_compared() -> None:
    assert compare(told(), product("card")) == ()
