from __future__ import annotations

import numpy as np
import psycopg
import pytest

from recsys.errors import ModelError, StackError
from recsys.io.postgres import Database
from recsys.io.studies import HopelessTrialError, Search, Tried, best_of, prepare_studies, search
from recsys.models.search import Number, OneOf, Whole
from recsys.settings import Settings

from .mlflow_of_a_test import mlflow_database, tracked

__all__ = ["mlflow_database", "tracked"]

SPACE = {"rate": Number(0.001, 1.0, is_log=True), "size": Whole(1, 20), "loss": OneOf(("warp", "bpr"))}
DEFAULTS = {"rate": 0.03, "size": 4, "loss": "warp", "seed": 7}


class PowerCutError(BaseException):
    pass


def wanted(name: str, n_trials: int = 10, seed: int = 7) -> Search:
    return Search(name, SPACE, DEFAULTS, n_trials, seed)


def score_of(values) -> float:
    return float(1 - abs(np.log10(values["rate"]) + 1) - abs(values["size"] - 12) / 20 - (values["loss"] == "bpr"))


def look(_number, values, _is_hopeless):
    return score_of(values)


@pytest.fixture
def run(tracked: Settings, database: Database):
    def run_search(one: Search, evaluate=look) -> list[Tried]:
        return search(tracked, database, one, evaluate, lambda _: None)

    return run_search


def test_first_trial_is_the_default_recipe_and_the_best_is_found(run):
    tried = run(wanted("first"))
    assert tried[0].values == {"rate": 0.03, "size": 4, "loss": "warp"}
    assert [one.number for one in tried] == list(range(10))
    best = best_of(tried)
    assert best is not None
    assert best.score == max(score_of(one.values) for one in tried)
    assert best.score > tried[0].score


def test_search_that_was_cut_off_goes_on_as_if_it_never_had_been(run):
    whole = run(wanted("whole", 12))
    asked = []

    def until_the_power_fails(number, values, _is_hopeless):
        asked.append(number)
        if len(asked) in (1, 4, 9):
            raise PowerCutError
        return score_of(values)

    tried = []
    while len(tried) < 12:
        try:
            tried = run(wanted("cut off", 12), until_the_power_fails)
        except PowerCutError:
            continue
    assert asked == [0, 0, 1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10, 11]
    assert tried == whole
    assert best_of(tried) == best_of(whole)


def test_finished_search_is_not_done_again(run):
    first = run(wanted("twice"))

    def never(*_):
        raise AssertionError

    assert run(wanted("twice"), never) == first


def test_one_seed_gives_one_search_and_another_seed_another(run):
    one, same, other = run(wanted("one")), run(wanted("same")), run(wanted("other", seed=8))
    assert one == same
    assert one != other
    assert one[0] == other[0]


def test_recipe_that_diverges_fails_its_trial_and_not_the_search(run):
    def diverge_at_high_rates(_number, values, _is_hopeless):
        if values["rate"] > 0.05:
            raise ModelError("The model diverged.", remedy="Lower the rate.")
        return score_of(values)

    tried = run(wanted("diverging", 12), diverge_at_high_rates)
    failed = [one for one in tried if one.state == "failed"]
    assert failed
    assert all(one.values["rate"] > 0.05 and one.score is None for one in failed)
    assert {one.reason for one in failed} == {"The model diverged."}
    assert len(tried) == 12
    assert best_of(tried).values["rate"] <= 0.05


def test_nothing_is_best_where_every_trial_failed(run):
    def diverge(*_):
        raise ModelError("The model diverged.")

    assert best_of(run(wanted("all fail", 3), diverge)) is None


def test_hopeless_trial_is_cut_short(run):
    def report_on_the_way(_number, values, is_hopeless):
        if is_hopeless(5, score_of(values)):
            raise HopelessTrialError
        return score_of(values)

    tried = run(wanted("pruned", 16), report_on_the_way)
    assert {one.state for one in tried} == {"finished", "pruned"}
    assert {one.state for one in tried[:6]} == {"finished"}
    finished = [one.score for one in tried if one.state == "finished"]
    assert all(score_of(one.values) <= np.median(finished) for one in tried if one.state == "pruned")


def test_studies_lie_beside_mlflow_in_a_schema_of_their_own(run, tracked: Settings, database: Database):
    run(wanted("somewhere", 1))
    prepare_studies(tracked, database)
    with psycopg.connect(database.url("mlflow", name=tracked.mlflow_database)) as connection:
        names = connection.execute("select study_name from tuning.studies where study_name = 'somewhere'").fetchall()
        assert names == [("somewhere",)]
        in_public = connection.execute("select 1 from pg_tables where schemaname = 'public' and tablename = 'studies'")
        assert in_public.fetchone() is None
        both = connection.execute("select schemaname from pg_tables where tablename = 'alembic_version' order by 1")
        assert both.fetchall() == [("public",), ("tuning",)]


def test_store_that_was_never_prepared_is_an_error_with_a_remedy(home: Settings, database: Database):
    nowhere = home.model_copy(update={"mlflow_database": "nowhere"})
    with pytest.raises(StackError, match="store of tuning does not answer"):
        search(nowhere, database, wanted("none"), look, lambda _: None)
