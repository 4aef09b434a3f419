"""Who decides which model serves: the gate or, where approval is asked for, a person; and that it stays written."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.errors import ModelError, NotFoundError
from recsys.evaluation.splits import plan_split
from recsys.governance.decision_words import words_of
from recsys.governance.decisions import ModelDecision
from recsys.governance.recipe_words import recipe_words
from recsys.io.model_cards import PAGE_FILE, read_card
from recsys.io.model_decisions import note_verdict, read_decisions
from recsys.io.postgres import Database
from recsys.io.registry import ALIAS, WAITING_ALIAS, Registry, load_champion, open_registry
from recsys.io.runs import read_run, write_run
from recsys.settings import Settings
from recsys.steps import promote_model
from recsys.steps.model_decisions import approve_model, reject_model, roll_back_model
from recsys.steps.runner import ask_for_approval, run_step

from .marts_of_a_learning_bank import AS_OF, FIRST_OPENING, begin_run, build_marts
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures

WORDS = words_of("Ada Lovelace", "The gain is certain and no group loses.")


def _decisions(database: Database) -> list[ModelDecision]:
    with database.connect("engineer") as connection:
        return read_decisions(connection)


def _train(settings: Settings, database: Database, run_id: str, *, approval: bool = False, train: str = "auto") -> Any:
    begin_run(settings, database, run_id, train=train)
    if approval:
        ask_for_approval(run_id, settings)
    run_step("train_models", run_id, settings)
    return run_step("promote_model", run_id, settings).details


def _serves(settings: Settings, database: Database) -> int:
    found = open_registry(settings, database).find_alias(ALIAS)
    assert found is not None
    return int(found.version)


def test_first_challenger_waits_while_popularity_serves_and_serves_once_it_is_approved(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    details = _train(tracked, database, "first", approval=True)
    waiting = int(str(details["version"]))
    assert (details["decision"], details["promoted"]) == ("waiting", False)
    command = f"`recsys models approve {waiting} --by NAME --because TEXT`"
    assert f"Version {waiting} waits for {command}; version" in str(details["reason"])
    assert load_champion(tracked).bundle.recommender.name == "popularity"
    registry = open_registry(tracked, database)
    assert registry.find_alias(WAITING_ALIAS).version == str(waiting)  # type: ignore[union-attr]

    # Run again it registers nothing more, decides nothing more, and says the same.
    assert run_step("promote_model", "first", tracked).details == details
    assert len(registry.list_versions()) == 2
    assert [one.kind for one in _decisions(database)] == ["waiting"]

    # A challenger that waits makes no training due.
    begin_run(tracked, database, "second")
    assert "skipped" in run_step("train_models", "second", tracked).details

    approved = approve_model(tracked, waiting, WORDS)
    assert (approved.kind, approved.decided_by, approved.live_version) == ("approved", "Ada Lovelace", waiting)
    assert load_champion(tracked).version == str(waiting)
    assert registry.find_alias(WAITING_ALIAS) is None
    with pytest.raises(NotFoundError, match="none does"):
        approve_model(tracked, waiting, WORDS)

    card = read_card(registry.tracking, registry.find_version(str(waiting)).run_id)
    assert "- **Approved by**: Ada Lovelace" in card
    assert "- **Status**: champion, approved" in card
    stand_in = next(one for one in registry.list_versions() if one.version != str(waiting))
    card = read_card(registry.tracking, stand_in.run_id)
    assert f"version {waiting} serves now" in card
    assert f"| version {waiting} serves instead: approved | Ada Lovelace |" in card


def test_challenger_waits_beside_a_champion_and_whoever_rejects_it_leaves_the_champion(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    champion = int(str(_train(tracked, database, "first")["version"]))
    demanding = tracked.model_copy(update={"require_approval": True})
    details = _train(demanding, database, "second", train="always")
    waiting = int(str(details["version"]))
    assert (details["decision"], details["champion"]) == ("waiting", str(champion))
    assert _serves(tracked, database) == champion
    with pytest.raises(ModelError, match=f"version {waiting}, does"):
        approve_model(tracked, champion, WORDS)

    rejected = reject_model(tracked, waiting, WORDS)
    assert (rejected.kind, rejected.live_version) == ("rejected", champion)
    assert _serves(tracked, database) == champion
    with pytest.raises(NotFoundError, match="none does"):
        approve_model(tracked, waiting, WORDS)
    registry = open_registry(tracked, database)
    assert "rejected; it never serves" in read_card(registry.tracking, registry.find_version(str(waiting)).run_id)
    kept = read_card(registry.tracking, registry.find_version(str(champion)).run_id)
    assert "- **Status**: champion by the gate\n" in kept
    assert f"| serves on: version {waiting} rejected | Ada Lovelace |" in kept
    with pytest.raises(NotFoundError, match="never served"):
        roll_back_model(tracked, waiting, WORDS)


def test_newer_challenger_takes_the_place_of_one_that_waits(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    older = int(str(_train(tracked, database, "first", approval=True)["version"]))
    newer = int(str(_train(tracked, database, "second", approval=True, train="always")["version"]))
    assert newer > older
    with pytest.raises(ModelError, match=f"newest challenger, version {newer}"):
        approve_model(tracked, older, WORDS)
    with database.connect("engineer") as connection, pytest.raises(psycopg.errors.NoDataFound):
        connection.execute("select ops.decide_on_model('approved', %s, 'Ada', 'because')", [older])
    assert approve_model(tracked, newer, WORDS).live_version == newer


def test_earlier_version_is_put_back_and_the_next_morning_does_not_train_it_away(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    first = int(str(_train(tracked, database, "first")["version"]))
    open_registry(tracked, database).set_tag(str(first), "as_of", (AS_OF - timedelta(days=30)).isoformat())
    second = int(str(_train(tracked, database, "second", train="always")["version"]))
    back = roll_back_model(tracked, None, WORDS)
    assert (back.kind, back.model_version, back.live_version) == ("rolled_back", first, first)
    assert load_champion(tracked).version == str(first)
    registry = open_registry(tracked, database)
    left, kept = (read_card(registry.tracking, registry.find_version(str(one)).run_id) for one in (second, first))
    assert f"; version {first} serves now" in left
    assert f"| version {first} serves instead: put back | Ada Lovelace |" in left
    assert "- **Status**: champion, put back" in kept
    assert "- **Approved by**: nobody was asked: the gate promoted it; put back by Ada Lovelace, " in kept
    begin_run(tracked, database, "third")
    assert "last compared 0 days before" in str(run_step("train_models", "third", tracked).details["skipped"])
    with pytest.raises(ModelError, match="is the one that serves"):
        roll_back_model(tracked, first, WORDS)
    assert roll_back_model(tracked, None, WORDS).live_version == second


def test_version_that_cannot_serve_is_neither_approved_nor_put_back(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    first = int(str(_train(tracked, database, "first")["version"]))
    waiting = int(str(_train(tracked, database, "second", approval=True, train="always")["version"]))
    registry = open_registry(tracked, database)
    bundles = {
        int(one.version): next(tracked.artifact_root.rglob(f"{one.run_id}/artifacts/bundle/model.json"))
        for one in registry.list_versions()
    }
    stored = json.loads(bundles[waiting].read_text())
    bundles[waiting].write_text(json.dumps({**stored, "schema": "of other features"}))
    with pytest.raises(ModelError, match="trained with other features"):
        approve_model(tracked, waiting, WORDS)
    bundles[waiting].write_text(json.dumps(stored))
    approve_model(tracked, waiting, WORDS)

    registry.set_tag(str(first), "erased_vectors", "1")
    with pytest.raises(ModelError, match="erased since"):
        roll_back_model(tracked, first, WORDS)
    bundles[first].unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        roll_back_model(tracked, first, WORDS)
    assert [one.kind for one in _decisions(database)] == ["promoted", "waiting", "approved"]
    assert _serves(tracked, database) == waiting


def test_promotion_that_was_cut_off_before_it_was_written_down_is_finished_as_it_was_decided(
    tracked: Settings,  # noqa: F811
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "drop_alias", killed)
        with pytest.raises(KeyboardInterrupt):
            run_step("promote_model", "first", tracked)
    assert _decisions(database) == []
    champion = _serves(tracked, database)

    details = run_step("promote_model", "first", tracked).details
    assert details["version"] == str(champion)
    assert [(one.kind, one.live_version) for one in _decisions(database)] == [("promoted", champion)]
    assert len(open_registry(tracked, database).list_versions()) == 1


def test_version_that_was_cut_off_before_its_card_is_registered_anew_and_never_serves(
    tracked: Settings,  # noqa: F811
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    run_step("train_models", "first", tracked)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(promote_model, "write_card", killed)
        with pytest.raises(KeyboardInterrupt):
            run_step("promote_model", "first", tracked)
    registry = open_registry(tracked, database)
    (cut_off,) = registry.list_versions()
    assert registry.find_alias(ALIAS) is None

    details = run_step("promote_model", "first", tracked).details
    assert int(str(details["version"])) > int(cut_off.version)
    assert _serves(tracked, database) == int(str(details["version"]))
    card = read_card(registry.tracking, registry.find_version(str(details["version"])).run_id)
    assert "champion by the gate" in card
    assert run_step("promote_model", "first", tracked).details["version"] == details["version"]
    assert len(registry.list_versions()) == 2


def test_decisions_are_added_and_never_changed_and_nobody_speaks_as_another(database: Database):
    _note(database, "training-1", "promoted", 1)
    _note(database, "training-1", "refused", None)
    assert [one.kind for one in _decisions(database)] == ["promoted"]
    for role in ("training", "engineer", "officer", "admin"):
        for statement in (
            b"update ops.model_decisions set why = 'other'",
            b"delete from ops.model_decisions",
            b"truncate ops.model_decisions",
        ):
            with database.connect(role) as connection, pytest.raises(psycopg.Error) as refused:
                connection.execute(statement)
            expected = psycopg.errors.RestrictViolation if role == "admin" else psycopg.errors.InsufficientPrivilege
            assert refused.type is expected
    with database.connect("training") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select ops.decide_on_model('approved', 1, 'Ada', 'because')")
    with database.connect("engineer") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "select ops.note_model_verdict('promoted', 2, 'ease', 2, 'ease', 'run-1', 'other', now()::date, 'because')"
        )
    with database.connect("training") as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            """
            select ops.note_model_verdict(
                'approved', 2, 'inductive', 2, 'inductive', 'run-1', 'training-2', now()::date, 'because'
            )
            """
        )
    assert [(one.kind, one.why) for one in _decisions(database)] == [("promoted", "It was better.")]


def test_commands_list_versions_decide_and_tell_what_was_live_on_a_day(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    waiting = int(str(_train(tracked, database, "first", approval=True)["version"]))
    runner = CliRunner(
        env={
            "RECSYS_HOME": str(tracked.home),
            "RECSYS_DATABASE_NAME": tracked.database_name,
            "RECSYS_MLFLOW_DATABASE": tracked.mlflow_database,
        }
    )

    def invoke(*words: str) -> str:
        result = runner.invoke(app, ["models", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    states = {row["version"]: row["state"] for row in json.loads(invoke("list", "--json"))}
    assert states.pop(waiting) == "waiting"
    (stand_in,) = states
    assert states[stand_in] == "live"
    assert f">  {stand_in:>7}" in invoke("list")

    empty = runner.invoke(app, ["models", "approve", str(waiting), "--by", " ", "--because", "It is better"])
    assert empty.exit_code == 1
    assert "--by is empty" in empty.stderr
    said = invoke("approve", str(waiting), "--by", "Ada  Lovelace", "--because", "Risk committee,\n24 November")
    assert f"Version {waiting}" in said
    assert "is approved and serves" in said

    told = json.loads(invoke("history", "--json"))
    assert [(one["kind"], one["model_version"], one["live_version"], one["decided_by"]) for one in told] == [
        ("approved", waiting, waiting, "Ada Lovelace"),
        ("waiting", waiting, stand_in, "gate"),
    ]
    assert told[0]["why"] == "Risk committee, 24 November"
    history = invoke("history")
    for column in ("when (UTC)", "decision", "version", "serves then", "by", "why"):
        assert column in history.splitlines()[0]
    assert f"approved  {waiting} (" in history
    today = datetime.now(UTC).date()
    assert json.loads(invoke("history", "--on", f"{today}", "--json"))["live_version"] == waiting
    assert "No model served" in invoke("history", "--on", f"{today - timedelta(days=1)}")

    assert invoke("card").startswith(f"# Model card: version {waiting}, ")
    assert "<h1>Model card" in invoke("card", str(waiting), "--html")
    assert json.loads(invoke("card", "--json"))["version"] == waiting
    assert f"Version {stand_in} (popularity) serves again" in invoke(
        "rollback", "--by", "Ada Lovelace", "--because", "Complaints about version 1"
    )
    assert f"version {stand_in} serves now" in invoke("card", str(waiting))
    assert f"put back {stand_in}" in invoke("history")
    assert json.loads(invoke("rollback", "--by", "Ada", "--because", "Settled", "--json"))["live_version"] == waiting
    assert json.loads(invoke("card", str(stand_in), "--json"))["status"].endswith(f"version {waiting} serves now")


def test_card_of_a_version_agrees_with_what_training_noted(
    tracked: Settings,  # noqa: F811
    database: Database,
):
    build_marts(database)
    begin_run(tracked, database, "first")
    noted = run_step("train_models", "first", tracked).details
    version = str(run_step("promote_model", "first", tracked).details["version"])
    registry = open_registry(tracked, database)
    found = registry.find_version(version)
    card = read_card(registry.tracking, found.run_id)
    folds = plan_split(AS_OF, "events", FIRST_OPENING, tracked.seed).folds
    roles = {fold.origin.isoformat(): "chooses and tunes" if fold.is_inner else "judges" for fold in folds}
    for fold in noted["folds"]:  # type: ignore[union-attr]
        assert isinstance(fold, dict)
        role = roles.pop(str(fold["origin"]))
        assert f"| {role} | {fold['origin']} | {fold['end']} | {fold['n_customers']:,} |" in card
        assert f"| {fold['n_tested_customers']:,} | {fold['n_test_openings']:,} |" in card
    assert not roles
    for name, value in recipe_words(json.loads(found.tags["recipe"])).items():
        assert f"| `{name}` | {value} |" in card
    assert f"This version is the row **{json.loads(found.tags['recipe'])['kind']}**" in card
    newest = max(noted["folds"], key=lambda fold: fold["origin"])  # type: ignore[arg-type,call-overload,index]
    assert (newest["n_persons"], newest["n_not_profiled"], newest["n_customers"]) == (300, 30, 270)
    assert "the bank had 300 persons (customers, after duplicates were joined). 30 of them may not be" in card
    assert "| `segment` | customers.segment | feature |" in card
    assert "| `n_holdings` | holdings.product_id, holdings.opened_at, holdings.closed_at | feature |" in card
    assert "| `max_mix_shift` | 0.5 |" in card
    assert found.tags["reason"] in card
    assert f"{float(found.tags['ndcg_at_5']):.3f} (" in card
    assert "champion by the gate" in card
    described = registry.tracking.client.get_model_version("recsys", version).description
    assert f"/runs/{found.run_id}/artifacts/{PAGE_FILE}" in described
    assert "<h1>Model card" in read_card(registry.tracking, found.run_id, PAGE_FILE)


def test_run_keeps_whether_it_asked_for_approval(home: Settings, database: Database):
    begin_run(home, database, "run-1")
    ask_for_approval("run-1", home)
    with database.connect("training") as connection:
        run = read_run(connection, "run-1")
        assert run.require_approval
        write_run(connection, replace(run, require_approval=False))
        assert not read_run(connection, "run-1").require_approval


def _note(database: Database, training: str, kind: Any, version: int | None) -> None:
    with database.connect("training") as connection:
        connection.execute(
            """
            insert into ops.runs (run_id, feed, top_n, train) values ('run-1', 'test', 5, 'auto')
            on conflict (run_id) do nothing
            """
        )
        note_verdict(
            connection,
            kind,
            judged=(version, "inductive"),
            live=(1, "inductive"),
            run_id="run-1",
            training_run_id=training,
            data_date=AS_OF,
            why="It was better.",
        )
