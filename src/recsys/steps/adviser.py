"""The adviser that a model and the marts make, as the bank has set it."""

from __future__ import annotations

from datetime import date

from recsys.explanation.needs import needs_of
from recsys.explanation.telling import Telling, telling_of
from recsys.io.postgres import Connection
from recsys.io.rule_facts import read_catalogue
from recsys.models.bundle import Bundle
from recsys.ranking.adjustments.adjustments import Adjustments
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.scoring import Adviser
from recsys.settings import Settings


def build_adviser(
    connection: Connection, settings: Settings, bundle: Bundle, as_of: date, currency: str, top_n: int
) -> Adviser:
    """Recommends the catalogue of the marts with the model of `bundle`; `currency` is that of the feed."""
    catalogue = read_catalogue(connection, cooling_off_days=settings.cooling_off_days)
    return Adviser(
        bundle.recommender,
        bundle.popularity,
        telling_for(bundle, catalogue, currency),
        catalogue,
        as_of,
        top_n,
        adjustments=Adjustments(
            settings.value_weight, settings.diversity, settings.new_product_share, settings.new_product_days
        ),
    )


def telling_for(bundle: Bundle, catalogue: Catalogue, currency: str) -> Telling:
    """What may be told of the products of `bundle`, by what the catalogue says that they are for."""
    offered = {product.product_id: product for product in catalogue.products}
    products = [offered.get(product_id) for product_id in bundle.encoder.product_ids]
    # What is not in the catalogue any more is neither offered nor named.
    names = ["" if product is None else product.product_name for product in products]
    needs = [needs_of("", ()) if one is None else needs_of(one.category, one.client_needs) for one in products]
    scores = bundle.popularity.scores
    return telling_of(bundle.encoder, names, needs, scores > scores.mean(), currency)
