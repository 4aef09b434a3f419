from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from recsys.cli.replay import _show
from recsys.evaluation.acceptance import Taken, offer_of
from recsys.evaluation.replayed import Replayed
from recsys.evaluation.splits import Fold
from recsys.steps.replay import ReplayRequest, ReplayResult
from recsys.steps.replay_report import replay_to_json

DAY, NEXT = date(2026, 1, 1), date(2026, 1, 31)
TAKEN = Taken(np.array(["a"], "S36"), np.array(["card"]), np.array([1]), np.array([True]))


def told(chosen_until: date | None, capsys: pytest.CaptureFixture[str]) -> str:
    offer = offer_of("trees", TAKEN, {"card": 1}, frozenset({"card"}), 5)
    day = Replayed(Fold(DAY, NEXT), 1, 1, 0, offer, offer)
    request = ReplayRequest(DAY, DAY, 30, 5, with_contest=chosen_until is None)
    report = replay_to_json(ReplayResult(request, (day,), ("trees",), {}, "f", "r", 0, chosen_until), 7)
    _show({**report, "picture": "", "mlflow_run_id": ""})
    return capsys.readouterr().out


def test_reader_is_told_until_when_the_data_went_that_chose_a_recipe_beforehand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Recipe chosen on data until 2026-10-31" in told(date(2026, 10, 31), capsys)


def test_nothing_was_chosen_beforehand_where_every_date_has_a_contest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Recipe chosen" not in told(None, capsys)
