from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bench.banks import row

FIGURES = {
    "popularity": {"ndcg_at_5": 0.384},
    "blend": {"ndcg_at_5": 0.579, "ndcg_gain": 0.195, "ndcg_gain_lower": 0.174, "ndcg_gain_upper": 0.217},
    "champion": {"ndcg_at_5": 0.578, "ndcg_gain": 0.194, "ndcg_gain_lower": 0.172, "ndcg_gain_upper": 0.216},
}


def told(served: str, kind: str) -> list[str]:
    counts = {"rows_by_product": {"card": 1, "loan": 1}}
    publication: dict[str, Any] = {"n_persons": 4_804, "n_rows": 20_795, "counts": counts, "model_name": kind}
    steps = {
        "ingest_feed": {"started_at": datetime(2026, 1, 1, 1, 0, tzinfo=UTC)},
        "train_models": {"details": {"candidates": FIGURES}},
        "publish_recommendations": {"finished_at": datetime(2026, 1, 1, 1, 6, tzinfo=UTC)},
    }
    return row("Demo", {"publication": publication, "steps": steps, "row": served})[4:]


def test_figures_of_a_bank_are_those_of_the_recipe_that_was_published_with_and_not_of_its_kind():
    assert told("champion", "blend") == ["6.0", "blend", "0.578", "0.384", "+0.194 (+0.172 to +0.216)"]
    assert told("blend", "blend") == ["6.0", "blend", "0.579", "0.384", "+0.195 (+0.174 to +0.217)"]


def test_popularity_has_no_gain_over_itself():
    assert told("popularity", "popularity") == ["6.0", "popularity", "0.384", "0.384", ""]
