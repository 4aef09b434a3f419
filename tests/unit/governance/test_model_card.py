from __future__ import annotations

import json
from dataclasses import replace

import pytest

from recsys.documents import as_markdown
from recsys.errors import ModelError
from recsys.governance.card_facts import (
    CardDecision,
    CardFacts,
    CardFeature,
    CardFold,
    CardImportance,
    CardParity,
    CardResult,
    CardSlice,
    CardThreshold,
    Estimate,
)
from recsys.governance.model_card import build_card
from recsys.io.document_page import as_page

GATE = CardDecision("waiting", "gate", "2026-11-24T09:30:00+00:00", "It beats popularity.")
FACTS = CardFacts(
    version=4,
    kind="inductive",
    bank="Demo bank",
    as_of="2026-06-30",
    recipe={"kind": "inductive", "n_epochs": 80},
    about=(("Data fingerprint", "abc123"),),
    n_products=24,
    folds=(
        CardFold("chooses", "2026-01-01", "2026-03-02", 4_000, 9_000, 500, 600, 4_900, 900),
        CardFold("judges", "2026-03-02", "2026-05-01", 4_321, 10_000, 600, 700, 5_240, 919),
    ),
    features=(CardFeature("age_years", ("customers.birth_date",), "feature", "Your age is … (in bands)"),),
    results=(
        CardResult("popularity", "warm", Estimate(0.384, 0.37, 0.398), None, {"hit rate at 5": 0.61}),
        CardResult("inductive", "warm", Estimate(0.541, 0.52, 0.562), Estimate(0.157, 0.136, 0.178)),
        CardResult("inductive", "cold", Estimate(0.42, 0.4, 0.44), Estimate(0.04, 0.02, 0.06)),
    ),
    contestant="inductive",
    thresholds=(CardThreshold("max_mix_shift", "0.5", "Largest change of the product mix."),),
    decisions=(GATE,),
)
FULL = replace(
    FACTS,
    segments=(CardSlice("age band", "18-29", 120, Estimate(0.5, 0.4, 0.6), Estimate(0.1, -0.02, 0.22)),),
    parity=(
        CardParity("gender", "exposure", 0.934, 0.8),
        CardParity("gender", "precision", 0.9),
    ),
    importance=(
        CardImportance("region", Estimate(0.001)),
        CardImportance("products owned before", Estimate(0.12, 0.1, 0.14)),
    ),
)


def test_card_tells_every_figure_with_its_interval():
    card = as_markdown(build_card(FULL))
    assert card.startswith("# Model card: version 4, inductive\n\nDemo bank: data until 2026-06-30.")
    assert "- **Data fingerprint**: abc123" in card
    assert "| popularity | 0.384 (0.370 to 0.398) |  | 0.610 |" in card
    assert "| **inductive** | 0.541 (0.520 to 0.562) | +0.157 (+0.136 to +0.178) |  |" in card
    assert "| candidate, cold | NDCG@5 | gain over popularity |" in card
    assert "| judges | 2026-03-02 | 2026-05-01 | 4,321 | 10,000 | 600 | 700 |" in card
    assert "the bank had 5,240 persons (customers, after duplicates were joined). 919 of them may not be" in card
    assert "of the other 4,321, all were learned from in this fold. There were 24 products." in card
    assert "| age band | 18-29 | 120 | 0.500 (0.400 to 0.600) | +0.100 (-0.020 to +0.220) |" in card
    assert "| gender | exposure | 0.934 | 0.8 |\n| gender | precision | 0.900 | not enforced |" in card
    assert card.index("`products owned before`") < card.index("`region`")
    assert "| `max_mix_shift` | 0.5 | Largest change of the product mix. |" in card


def test_best_candidate_stands_first():
    card = as_markdown(build_card(FACTS))
    assert card.index("| **inductive** | 0.541") < card.index("| popularity | 0.384")


def test_row_of_the_version_is_marked_where_it_is_the_recipe_of_the_champion_fitted_again():
    champion = CardResult("champion", "warm", Estimate(0.54, 0.519, 0.561), Estimate(0.156, 0.135, 0.177))
    note = (
        "Measured for the challenger inductive of this training, not for this version's recipe: see `importance.csv`."
    )
    facts = replace(
        FULL, contestant="champion", results=(*FACTS.results, champion), importance=(), importance_note=note
    )
    card = as_markdown(build_card(facts))
    assert "This version is the row **champion**: the recipe of the version that served before this training" in card
    assert "The row inductive is what this training made of that kind." in card
    alone = as_markdown(build_card(replace(facts, results=(champion,))))
    assert "what this training made of that kind" not in alone
    assert "| **champion** | 0.540" in card
    assert "| inductive | 0.541" in card
    assert f"## Sensitivity\n\n{note}" in card
    assert "Of the row **champion**, warm. Groups of fewer than 50 tested customers are left out." in card
    challenger = as_markdown(build_card(replace(facts, contestant="inductive")))
    assert "This version is the row **inductive**. The row champion is the recipe of the version that" in challenger


def test_population_says_whether_all_who_may_be_profiled_were_learned_from():
    fold = replace(FACTS.folds[1], n_customers=1_000)
    assert "of the other 4,321, a random sample of 1,000 were learned from" in as_markdown(
        build_card(replace(FACTS, folds=(fold,)))
    )
    of_old = as_markdown(build_card(replace(FACTS, folds=(replace(fold, n_persons=0, n_not_profiled=0),))))
    assert "1,000 persons (after duplicates were joined) were learned from." in of_old
    assert "may not be profiled" not in of_old


def test_members_of_a_blend_have_a_line_each():
    ease = {"recipe": {"kind": "ease", "seed": 7, "regularisation": 250.0}, "temperature": 1.0271, "weight": 0.31371}
    trees = {"recipe": {"kind": "trees", "seed": 7, "n_leaves": 3}, "temperature": 1.0, "weight": 0.7}
    card = as_markdown(
        build_card(replace(FACTS, recipe={"kind": "blend", "members": [ease, trees], "prior_weight": 0.1}))
    )
    assert "| `members` | ease 0.314, trees 0.700 |" in card
    assert "| `members.ease` | weight 0.3137, temperature 1.027, regularisation 250 |" in card
    assert "| `members.trees` | weight 0.7, temperature 1, n_leaves 3 |" in card


def test_what_was_not_measured_is_said_to_be_missing():
    card = as_markdown(build_card(FACTS))
    for heading in ("By segment", "Fairness", "Sensitivity"):
        assert f"## {heading}\n\nNot measured in this training." in card
    bare = as_markdown(build_card(replace(FACTS, folds=(), results=(), features=())))
    assert "The history was too short for a test" in bare
    assert "This kind looks at no attribute" in bare
    assert "## Results\n\nNot measured in this training." in bare


def test_card_says_how_it_stands_who_approved_and_what_was_decided():
    decision = CardDecision("approved", "Ada Lovelace", "2026-11-25T10:00:00+00:00", "Sound.")
    facts = FACTS.with_decisions("champion, approved", "Ada Lovelace, 2026-11-25: Sound.", (GATE, decision))
    card = as_markdown(build_card(facts))
    assert "- **Status**: champion, approved" in card
    assert "- **Approved by**: Ada Lovelace, 2026-11-25: Sound." in card
    assert "| 2026-11-25 10:00 | approved | Ada Lovelace | Sound. |" in card


def test_page_and_markdown_tell_the_same_and_nobody_s_words_are_markup():
    decision = CardDecision("approved", "Ada <b>", "2026-11-25T10:00:00+00:00", "<script>alert(1)</script>")
    page = as_page(build_card(FULL.with_decisions("champion, approved", "Ada <b>", (GATE, decision))))
    assert "<h1>Model card: version 4, inductive</h1>" in page
    assert "<strong>inductive</strong>" in page
    assert "0.541 (0.520 to 0.562)" in page
    assert "<script>" not in page
    assert "Ada &lt;b&gt;" in page


def test_facts_come_back_from_json_as_they_were():
    stored = json.loads(json.dumps(FULL.to_json()))
    assert CardFacts.of(stored) == FULL
    # As cards were stored that counted only who had refused by themselves.
    stored["folds"][0]["n_refusing"] = 9
    assert CardFacts.of(stored) == FULL
    del stored["folds"]
    with pytest.raises(ModelError, match="another version"):
        CardFacts.of(stored)
