from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.models.candidates import CANDIDATES, default_recipes
from recsys.models.search import Number, OneOf, Whole, space_version

TUNABLE = [candidate.kind for candidate in CANDIDATES if candidate.recipe.space]


def test_every_form_of_lightfm_and_every_model_of_what_is_owned_is_tuned():
    assert {"collaborative", "content", "hybrid", "inductive", "owned_popularity", "ease", "als"} <= set(TUNABLE)


@pytest.mark.parametrize("kind", TUNABLE)
def test_default_recipe_lies_in_its_search_space(kind):
    recipe = default_recipes(seed=7)[kind]
    for name, searched in recipe.space.items():
        value = getattr(recipe, name)
        if isinstance(searched, OneOf):
            assert value in searched.values
        else:
            assert searched.low <= value <= searched.high
            assert not searched.is_log or searched.low > 0


def test_another_space_or_another_default_is_another_search():
    space = {"rate": Number(0.1, 1), "size": Whole(1, 4)}
    versions = {
        space_version(space, {"rate": 0.5}),
        space_version(space, {"rate": 0.6}),
        space_version({**space, "size": Whole(1, 5)}, {"rate": 0.5}),
        space_version({**space, "size": Number(1, 4)}, {"rate": 0.5}),
    }
    assert len(versions) == 4
    assert space_version(dict(space), {"rate": 0.5}) in versions


def test_searched_parameters_are_parameters_of_the_recipe():
    for recipe in default_recipes(seed=7).values():
        assert replace(recipe, **{name: getattr(recipe, name) for name in recipe.space}) == recipe
