from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest

from recsys.models.factor_recipes import InductiveRecipe
from recsys.steps.training import fitting

from .fold_of_the_checkerboard import fold


def test_a_fit_takes_as_long_as_it_takes_without_its_learning_curve(monkeypatch: pytest.MonkeyPatch):
    # Each look at this clock is a second after the one before it.
    monkeypatch.setattr(fitting, "time", SimpleNamespace(perf_counter=count().__next__))
    n_epochs = 4
    fitted = fitting.fit_on_fold(InductiveRecipe(n_epochs=n_epochs), fold(), has_curve=True)
    assert len(fitted.curve) == n_epochs
    looks_while_ranking, all_looks = 2 * n_epochs, 2 + 2 * n_epochs
    seconds_of_ranking = looks_while_ranking / 2
    assert fitted.fit_seconds == (all_looks - 1) - seconds_of_ranking
