from __future__ import annotations

import numpy as np

from recsys.ranking.eligibility import eliminate, refused_by
from recsys.ranking.elimination_counts import EliminationCount, EliminationCounts
from recsys.ranking.eliminations import EliminationSets

from .bank import AS_OF, catalogue_of, facts_of, product

CATALOGUE = catalogue_of(product("a", min_age=18, countries=("AT",)), product("b"))


def test_persons_are_counted_by_rule_product_and_segment_over_blocks() -> None:
    sets = EliminationSets(CATALOGUE)
    counts = EliminationCounts(CATALOGUE, sets)
    for block in (
        [{"birth_year": 2020}, {"country": "CH", "birth_year": None}, {"segment": "private", "country": "CH"}],
        [{"segment": None, "held_product_ids": ["b"]}, {"segment": "private"}, {"birth_year": None}],
    ):
        facts = facts_of(CATALOGUE, *block)
        counts.add(sets.number(eliminate(facts, CATALOGUE, AS_OF)), facts.segment)
    assert counts.persons == {"retail": 3, "private": 2, None: 1}
    assert set(counts) == {
        EliminationCount("a", "age", "retail", 3, 2),
        EliminationCount("a", "country", "retail", 1, 0),
        EliminationCount("a", "country", "private", 1, 0),
        EliminationCount("b", "already_held", None, 1, 0),
    }


def test_counts_equal_those_of_the_whole_mask_however_it_is_cut() -> None:
    random = np.random.default_rng(3)
    people = [
        {
            "birth_year": None if random.random() < 0.2 else int(random.integers(1940, 2020)),
            "country": random.choice(["AT", "CH"]),
            "segment": random.choice(["retail", "private"]),
            "held_product_ids": ["b"] if random.random() < 0.3 else [],
        }
        for _ in range(200)
    ]
    sets = EliminationSets(CATALOGUE)
    counts = EliminationCounts(CATALOGUE, sets)
    for start in range(0, 200, 23):
        facts = facts_of(CATALOGUE, *people[start : start + 23])
        counts.add(sets.number(eliminate(facts, CATALOGUE, AS_OF)), facts.segment)
    facts = facts_of(CATALOGUE, *people)
    is_private = facts.segment.is_one_of(["private"])
    expected = {
        EliminationCount(
            product_id,
            pairs.rule,
            segment,
            int(pairs.is_refused[rows, column].sum()),
            int(pairs.is_unknown[rows, column].sum()),
        )
        for pairs in refused_by(eliminate(facts, CATALOGUE, AS_OF))
        for column, product_id in enumerate(CATALOGUE.product_ids)
        for segment, rows in (("private", is_private), ("retail", ~is_private))
        if pairs.is_refused[rows, column].any()
    }
    assert set(counts) == expected


def test_nobody_gives_no_counts() -> None:
    counts = EliminationCounts(CATALOGUE, EliminationSets(CATALOGUE))
    assert (list(counts), counts.persons) == ([], {})
