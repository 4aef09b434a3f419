from __future__ import annotations

from recsys.cli.step_notes import step_notes


def test_persons_who_are_offered_nothing_are_counted_and_why_where_rules_did_not_know_enough():
    (note,) = step_notes({"offers": {"persons_without": 1_204, "persons_without_unknown": 903}})
    assert note.startswith("1,204 persons have no permitted product; of 903 of them birth year or country is not known")
    assert "RECSYS_K_ANONYMITY" in note
    (short,) = step_notes({"offers": {"persons_without": 2, "persons_without_unknown": 0}})
    assert short == "2 persons have no permitted product"
    assert not list(step_notes({"offers": {"persons_without": 0, "persons_without_unknown": 0}}))


def test_training_says_where_its_candidates_are():
    (note,) = step_notes({"candidates": {}, "mlflow_run_id": "0123456789abcdef"})
    assert note == "`recsys models show 01234567` shows them, and why one was chosen"
    assert not list(step_notes({}))
