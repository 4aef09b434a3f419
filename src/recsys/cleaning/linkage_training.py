"""How much each agreement says: learnt from a bank that is large enough, otherwise shipped with the package.

u comes from random pairs, of which next to none is one person; m from expectation-maximisation over pairs that share
something (Winkler, 2000), without a single label. One thread and sorted rows make the same weights of the same set.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files

import pyarrow as pa

from recsys.cleaning.linkage_blocking import TRAINING_BLOCKS
from recsys.cleaning.linkage_comparisons import COMPARISONS, Weights, column_name
from recsys.cleaning.linkage_scoring import Resources, open_linker

# Below it, too few persons are there twice to learn from.
TRAINED_FROM = 50_000
_RANDOM_PAIRS = 500_000
_BLOCKED_PAIRS = 300_000
# A bank that delivers no telephone numbers has nothing to learn from customers who share one.
_LEAST_PAIRS = 200
_LEAST_U = 1e-7
# Whatever happens to nobody in a sample may happen to one person in a hundred.
_LEAST_M = 0.01
_SEED = 7


def shipped_weights() -> Weights:
    """The weights that were learnt on the demo bank."""
    text = files("recsys.cleaning").joinpath("linkage_weights.json").read_text()
    return {name: [(m, u) for m, u in pairs] for name, pairs in json.loads(text).items()}


def weights_for(columns: pa.Table, resources: Resources) -> Weights:
    """The weights for the customers in `linkage_columns` (m,): their own where they are enough."""
    start = shipped_weights()
    return start if columns.num_rows < TRAINED_FROM else learnt_weights(columns, start, resources)


def learnt_weights(columns: pa.Table, start: Weights, resources: Resources) -> Weights:
    """Weights learnt on `linkage_columns` (m,); those of grades that never occur stay as in `start`."""
    from splink import block_on

    with open_linker(columns, start, (("national_id",),), Resources(1, resources.memory_mb)) as linker:
        training = linker.training
        training.estimate_u_using_random_sampling(
            max_pairs=_RANDOM_PAIRS, seed=_SEED, min_count_per_level=None, num_chunks=1
        )
        for names in (names for names in TRAINING_BLOCKS if _n_pairs(columns, names) >= _LEAST_PAIRS):
            training.estimate_parameters_using_expectation_maximisation(
                block_on(*names), estimate_without_term_frequencies=True, max_pairs=_BLOCKED_PAIRS
            )
        learnt = {one["output_column_name"]: one for one in linker.misc.save_model_to_json()["comparisons"]}
    return {one.name: _weights(learnt[column_name(one)], start[one.name]) for one in COMPARISONS}


def _n_pairs(columns: pa.Table, names: Sequence[str]) -> int:
    """How many pairs of rows have the same values in all of `names`."""
    blocks = (
        columns.select(list(names)).drop_null().group_by(list(names), use_threads=False).aggregate([([], "count_all")])
    )
    sizes = blocks["count_all"].to_numpy()
    return int((sizes * (sizes - 1) // 2).sum())


def _weights(
    learnt: dict[str, list[dict[str, float]]], start: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Of several passes each grade has a median of its own, so that the m are brought back to a sum of 1."""
    levels = [level for level in learnt["comparison_levels"] if not level.get("is_null_level")]
    pairs = zip(levels, start, strict=True)
    found = [(level.get("m_probability") or m, level.get("u_probability") or u) for level, (m, u) in pairs]
    likely = [max(m, _LEAST_M) for m, _ in found]
    return [(_rounded(m / sum(likely)), _rounded(max(u, _LEAST_U))) for m, (_, u) in zip(likely, found, strict=True)]


def _rounded(probability: float) -> float:
    """Six digits are more than any sample gives, and too few for the order of sums to show."""
    return float(f"{probability:.6g}")
