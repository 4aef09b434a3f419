from __future__ import annotations

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eligibility import UNSCORED, eliminate
from recsys.ranking.elimination_counts import EliminationCounts
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.rule_reach import Reach, new_reach_warnings, reach_warnings

from .bank import AS_OF, catalogue_of, facts_of, product

CATALOGUE = catalogue_of(
    product("card", min_age=18),
    product("fund", risk_class=5),
    product("loan", min_annual_income=30_000.0),
    product("old"),
)


def reach(rule: str, product_id: str, n_refused: int, n_unknown: int = 0, n_persons: int = 1_000) -> Reach:
    return Reach(rule, product_id, n_refused, n_unknown, n_persons)


def messages(*reaches: Reach, max_share: float = 0.95) -> list[str]:
    return [one.message for one in reach_warnings(reaches, CATALOGUE, max_share)]


def test_rule_that_refuses_nearly_everybody_is_told_with_the_limit_to_look_at() -> None:
    assert messages(reach("income", "loan", 980)) == [
        "income refuses loan to 98.0% of 1,000 persons. See whether the limit of loan is meant: "
        "It asks for a yearly income of at least 30,000."
    ]
    assert messages(reach("income", "loan", 950)) == []
    assert messages(reach("income", "loan", 300), max_share=0.2) != []


def test_what_is_mostly_unknown_is_looked_for_in_the_feed() -> None:
    assert messages(reach("risk", "fund", 1_000, 990)) == [
        "risk refuses fund to everybody. Of 99% of these risk_tolerance is not known: see whether the feed delivers it."
    ]


def test_rule_that_refuses_many_products_is_told_once() -> None:
    (found,) = reach_warnings([reach("status", one, 999) for one in CATALOGUE.product_ids], CATALOGUE, 0.95)
    assert found.product_ids == CATALOGUE.product_ids
    assert found.message == (
        "status refuses card, fund, loan and 1 more to 99.9% of 1,000 persons. See what the feed says of status."
    )


def test_what_is_so_by_design_warns_of_nothing() -> None:
    assert messages(reach("on_sale", "old", 1_000), reach("age", "old", 1_000)) == []
    assert messages(reach("already_held", "card", 1_000)) == []


def test_product_made_for_a_few_warns_only_where_it_reaches_nobody() -> None:
    for rule in ("requires", "target_segment", UNSCORED):
        assert messages(reach(rule, "card", 999)) == []
        assert len(messages(reach(rule, "card", 1_000))) == 1
    assert "after the next training" in messages(reach(UNSCORED, "card", 1_000))[0]


def test_publication_of_nobody_warns_of_nothing() -> None:
    assert messages(reach("income", "loan", 0, n_persons=0)) == []


def test_rule_and_product_of_another_version_of_the_code_are_no_error() -> None:
    assert messages(reach("moon_phase", "card", 1_000)) == [
        "moon_phase refuses card to everybody. This version of recsys has no such rule."
    ]
    assert messages(reach("income", "gone", 1_000)) == []


def counts(catalogue: Catalogue, *people: tuple[str | None, int, int]) -> EliminationCounts:
    """Of each segment so many persons, and how many of these are poor: 100 a year, others 20,000."""
    facts = facts_of(
        catalogue,
        *(
            {"segment": segment, "annual_income": 100.0 if number < n_poor else 20_000.0}
            for segment, n_persons, n_poor in people
            for number in range(n_persons)
        ),
    )
    sets = EliminationSets(catalogue)
    counted = EliminationCounts(catalogue, sets)
    counted.add(sets.number(eliminate(facts, catalogue, AS_OF)), facts.segment)
    return counted


def new_messages(before: float | None, after: float | None, *people: tuple[str | None, int, int]) -> list[str]:
    """What is told of a minimum income for loans that changes."""
    was, then = (catalogue_of(product("card"), product("loan", min_annual_income=limit)) for limit in (before, after))
    return [one.message for one in new_reach_warnings(counts(was, *people), counts(then, *people), then, 0.95)]


def test_change_warns_of_what_goes_too_far_then_and_does_not_yet() -> None:
    people = ("retail", 60, 60), ("private", 40, 38)
    assert new_messages(None, 10_000, *people) == [
        "income refuses loan to 98.0% of 100 persons. See whether the limit of loan is meant: "
        "It asks for a yearly income of at least 10,000."
    ]
    assert new_messages(10_000, 11_000, *people) == []
    assert new_messages(10_000, None, *people) == []


def test_change_that_takes_a_product_from_nearly_all_of_a_segment_names_it() -> None:
    people = ("retail", 60, 0), ("student", 20, 20), ("private", 19, 19), (None, 30, 30)
    (message,) = new_messages(None, 10_000, *people)
    assert message.startswith("income refuses loan to everybody of the segment student. See whether the limit of loan")
    assert new_messages(10_000, 11_000, *people) == []


def test_segments_for_whom_a_product_is_not_meant_warn_of_nothing() -> None:
    people = ("retail", 60, 0), ("student", 20, 0)
    was, then = catalogue_of(product("loan")), catalogue_of(product("loan", negative_segments=("student",)))
    assert new_reach_warnings(counts(was, *people), counts(then, *people), then, 0.95) == []
