"""What docs/performance.md says of the API is measured by code that runs."""

from __future__ import annotations

from bench import serving, serving_words


def test_the_api_is_measured_and_every_list_is_of_one_publication() -> None:
    measured = serving.measure(400, turns=1, closed_seconds=1, open_seconds=4)
    closed, opened = measured["closed"], measured["open"]
    assert closed["list_per_second"] > 0
    assert closed["constant_per_second"] > 0
    assert closed["errors"] == opened["errors"] == 0
    assert opened["requests"] == sum(opened["answers"].values()) == 800
    assert opened["answers"]["old"] > 0
    assert opened["answers"]["new"] > 0
    assert "wrong" not in opened["answers"]
    assert 0 < opened["connections"]["most"] <= opened["connections"]["permitted"]
    assert opened["connections"]["left_in_transaction"] == 0
    assert measured["connections_after_the_end"] == 0
    assert len(serving_words.part_rows(measured)) == 3
    assert "0 anything else" in serving_words.sentences(measured)
