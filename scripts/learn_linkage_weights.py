"""Learn the weights of record linkage on the demo bank, for banks that are too small to learn their own.

python -m scripts.learn_linkage_weights writes `src/recsys/cleaning/linkage_weights.json`. The truth about the demo
bank's duplicates plays no part. What is not learnt (`is_m_fixed`, `is_u_fixed`) stays as the file has it.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from recsys.cleaning.linkage_columns import LINKED_COLUMNS, linkage_columns
from recsys.cleaning.linkage_scoring import Resources
from recsys.cleaning.linkage_training import learnt_weights, shipped_weights
from recsys.feed.demo.block import draw_block
from recsys.feed.demo.registrations import customer_table

TARGET = Path(__file__).parents[1] / "src" / "recsys" / "cleaning" / "linkage_weights.json"
N_BLOCKS, BLOCK, AS_OF, SEED = 10, 5_000, date(2026, 1, 1), 1


def demo_customers() -> pa.Table:
    """The demo bank's customers as they register."""
    seeds = np.random.SeedSequence(SEED).spawn(N_BLOCKS)
    blocks = []
    for place, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        blocks.append(customer_table(rng, draw_block(rng, 1 + place * BLOCK, BLOCK, AS_OF)))
    table = pa.concat_tables(blocks).sort_by([("customer_id", "ascending"), ("valid_from", "ascending")])
    latest = table.group_by("customer_id", use_threads=False).aggregate([(name, "last") for name in LINKED_COLUMNS])
    return latest.rename_columns({f"{name}_last": name for name in LINKED_COLUMNS}).select(list(LINKED_COLUMNS))


def main() -> None:
    """Learn, write and show."""
    weights = learnt_weights(linkage_columns(demo_customers()), shipped_weights(), Resources())
    lines = [f"  {json.dumps(name)}: {json.dumps(pairs)}" for name, pairs in weights.items()]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(TARGET.read_text())


if __name__ == "__main__":
    main()
