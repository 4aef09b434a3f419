from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from recsys.evaluation.acceptance import Taken, offer_of
from recsys.evaluation.figures.replay import replay_figure
from recsys.evaluation.replayed import Replayed
from recsys.evaluation.splits import Fold

FIRST = date(2026, 1, 1)
TAKEN = Taken(np.array(["a"], "S36"), np.array(["card"]), np.array([1]), np.array([True]))


def test_no_legend_covers_what_is_drawn():
    offer = offer_of("trees", TAKEN, {"card": 1}, frozenset({"card"}), 5)
    ends = [FIRST + timedelta(days=30 * number) for number in range(1, 4)]
    days = [Replayed(Fold(end - timedelta(days=30), end), 1, 1, 0, offer, offer) for end in ends]
    figure = replay_figure(days, {"card": "Card"}, "refitted", 7)
    figure.canvas.draw()
    legends = [axes.get_legend() for axes in figure.axes]
    assert len([legend for legend in legends if legend is not None]) >= 3
    for axes, legend in zip(figure.axes, legends, strict=True):
        if legend is not None:
            assert not legend.get_window_extent().overlaps(axes.get_window_extent())
            labels = [label.get_window_extent() for label in axes.get_xticklabels()]
            assert not any(legend.get_window_extent().overlaps(label) for label in labels)
