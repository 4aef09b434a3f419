from __future__ import annotations

from recsys.models.blend import BlendRecipe, Member
from recsys.models.candidates import BY_KIND
from recsys.steps.training.refitting import fitted_on

LOGISTIC, TREES, INDUCTIVE = (BY_KIND[kind].recipe() for kind in ("logistic", "trees", "inductive"))


def test_what_a_model_was_fitted_on_is_said_in_counts():
    assert fitted_on(LOGISTIC, 5_777, 31_614) == "5,777 customers with 31,614 openings"


def test_members_that_learned_from_a_part_of_the_openings_are_named():
    blend = BlendRecipe(members=tuple(Member(one, 1.0, 0.5) for one in (INDUCTIVE, LOGISTIC, TREES)))
    assert fitted_on(blend, 300_000, 1_500_000) == (
        "300,000 customers with 1,500,000 openings; logistic on no more than the newest 150,000 of them; "
        "trees on no more than the newest 150,000 of them"
    )
