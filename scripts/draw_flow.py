"""Draw `docs/images/flow.png` from the steps that exist: `python scripts/draw_flow.py`."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from recsys.steps.registry import STEPS

TARGET = Path(__file__).parents[1] / "docs" / "images" / "flow.png"
PER_ROW = 5
BOX_WIDTH, BOX_HEIGHT = 2.9, 0.62
INSIDE, OUTSIDE, GATE, INK = "#f6d5c9", "#dbe7f3", "#e4f0da", "#1f2a37"
WRITES = {
    "ingest_feed": "landing files, quarantine",
    "resolve_customers": "identity",
    "anonymise_feed": "raw",
    "check_raw": "Data Docs",
    "cluster_values": "ops.value_clusters",
    "build_marts": "staging, intermediate, marts",
    "check_marts": "Data Docs",
    "train_models": "MLflow runs",
    "promote_model": "the champion",
    "score_customers": "a partition aside",
    "check_recommendations": "Data Docs, the last gate",
    "scan_privacy": "ops.privacy_scans, the last look",
    "publish_recommendations": "serving.recommendations",
}
PERSONAL = ("ingest_feed", "resolve_customers", "anonymise_feed")


def place(position: int) -> tuple[float, float]:
    """Centre of the box at `position`, in rows that all read from left to right."""
    row, column = divmod(position, PER_ROW)
    return 1.7 + column * 3.35, -row * 1.5


def draw() -> None:
    """Draw every step, what it writes, and the privacy boundary between the third and the fourth."""
    figure, axes = plt.subplots(figsize=(16.9, 4.9), dpi=120)
    for position, step in enumerate(STEPS):
        x, y = place(position)
        colour = INSIDE if step.name in PERSONAL else GATE if step.name.startswith(("check", "scan")) else OUTSIDE
        box = FancyBboxPatch(
            (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2), BOX_WIDTH, BOX_HEIGHT,
            boxstyle="round,pad=0.06", facecolor=colour, edgecolor=INK, linewidth=1,
        )  # fmt: skip
        axes.add_patch(box)
        axes.text(x, y + 0.12, step.name, ha="center", va="center", fontsize=11, family="monospace", color=INK)
        axes.text(x, y - 0.17, "→ " + WRITES[step.name], ha="center", va="center", fontsize=9, color=INK)
        if position + 1 < len(STEPS):
            _arrow(axes, (x, y), place(position + 1))
    boundary = (place(2)[0] + place(3)[0]) / 2
    axes.plot([boundary, boundary], [-0.5, 0.75], linestyle=(0, (4, 3)), color="#b4462c", linewidth=2)
    axes.text(boundary, 0.85, "privacy boundary", ha="center", color="#b4462c", fontsize=11, weight="bold")
    axes.text(place(0)[0] - BOX_WIDTH / 2, 0.85, "a bank's feed: CSV, Parquet or JSON Lines", fontsize=11, color=INK)
    axes.set_xlim(0, 16.9)
    axes.set_ylim(-3.6, 1.15)
    axes.axis("off")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, bbox_inches="tight", facecolor="white")


def _arrow(axes: plt.Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    if start[1] == end[1]:
        tail, head = (start[0] + BOX_WIDTH / 2 + 0.06, start[1]), (end[0] - BOX_WIDTH / 2 - 0.06, end[1])
        style = "arc3"
    else:
        tail, head = (start[0], start[1] - BOX_HEIGHT / 2 - 0.06), (end[0], end[1] + BOX_HEIGHT / 2 + 0.06)
        style = "arc,angleA=-90,angleB=90,armA=14,armB=14,rad=4"
    axes.add_patch(FancyArrowPatch(tail, head, arrowstyle="-|>", mutation_scale=14, color=INK, connectionstyle=style))


if __name__ == "__main__":
    draw()
