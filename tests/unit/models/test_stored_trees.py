from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from recsys.io.scan_files import read_file_texts
from recsys.models.bundle import bundle_of, read_bundle, write_bundle
from recsys.models.candidates import fit
from recsys.models.popularity import PopularityRecipe, fit_popularity
from recsys.models.trees import TreesRecipe
from recsys.privacy.scanning import scan
from recsys.settings import Settings

from .checkerboard import board

RECIPE = TreesRecipe(n_rounds=5, n_leaves=4, min_rows_per_leaf=5)


def test_counts_of_trees_are_not_taken_for_numbers_of_cards(tmp_path: Path) -> None:
    encoder, training = board()
    grown = fit(RECIPE, encoder, training)
    trees = grown.trees + "\ninternal_count=4111 1111 1111 1111\n"
    popularity = fit_popularity(PopularityRecipe(), encoder, training)
    write_bundle(bundle_of(replace(grown, trees=trees), popularity, encoder, RECIPE), tmp_path / "bundle")
    assert read_bundle(tmp_path / "bundle").recommender.trees == trees
    settings = Settings(home=tmp_path)
    assert scan(lambda: read_file_texts(settings, None), []).findings == ()
    (tmp_path / "counts.txt").write_text("internal_count=4111 1111 1111 1111")
    (finding,) = scan(lambda: read_file_texts(settings, None), []).findings
    assert finding.kind == "CREDIT_CARD"
