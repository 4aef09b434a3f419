"""How strongly a product is recommended to somebody, as a word."""

from __future__ import annotations

from enum import StrEnum


class Strength(StrEnum):
    """Where a score stands among the scores of the same product in the same publication.

    Scores are no probabilities, and say nothing across products: one product's may all be higher than another's. So a
    score is compared with those of everybody to whom the publication recommends the same product. There is no word
    where fewer than 20 customers are recommended it, or where half of them share one score: nothing tells them apart.
    `serving.strength_of` gives the word.
    """

    STRONG = "strong"  # among the highest quarter
    GOOD = "good"  # among the higher half, below that
    FAIR = "fair"  # in the lower half
