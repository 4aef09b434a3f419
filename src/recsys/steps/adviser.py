"""The adviser that a model and the marts make, as the bank has set it."""

from __future__ import annotations

from datetime import date

from recsys.io.postgres import Connection
from recsys.io.rule_facts import read_catalogue
from recsys.models.bundle import Bundle
from recsys.ranking.adjustments.adjustments import Adjustments
from recsys.ranking.scoring import Adviser
from recsys.settings import Settings


def build_adviser(connection: Connection, settings: Settings, bundle: Bundle, as_of: date, top_n: int) -> Adviser:
    """Recommends the catalogue of the marts with the model of `bundle`."""
    return Adviser(
        bundle.recommender,
        bundle.popularity,
        read_catalogue(connection, cooling_off_days=settings.cooling_off_days),
        as_of,
        top_n,
        adjustments=Adjustments(
            settings.value_weight, settings.diversity, settings.new_product_share, settings.new_product_days
        ),
    )
