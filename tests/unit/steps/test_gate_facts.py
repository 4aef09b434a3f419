from __future__ import annotations

import numpy as np

from recsys.evaluation.choice import Choice
from recsys.evaluation.gate import Rankings
from recsys.models.candidates import default_recipes
from recsys.steps.training.gate_facts import GateFacts


def test_figures_of_a_version_stand_in_the_row_of_its_recipe_and_not_of_its_kind():
    tuned, served = default_recipes(seed=7, n_threads=1)["ease"], default_recipes(seed=8, n_threads=1)["ease"]
    none = Rankings({}, np.zeros(0, np.int64), seed=7)
    facts = GateFacts({"ease": tuned, "champion": served}, Choice("ease", "It is."), none, {})
    assert facts.contestant_with(tuned) == "ease"
    assert facts.contestant_with(served) == "champion"
    assert facts.contestant_with(default_recipes(seed=9, n_threads=1)["ease"]) is None
