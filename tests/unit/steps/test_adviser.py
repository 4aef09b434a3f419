from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.features.encoder import fit_encoder
from recsys.models.bundle import bundle_of
from recsys.models.popularity import PopularityRecipe, PopularityRecommender
from recsys.ranking.catalogue import Catalogue, Product
from recsys.steps.adviser import telling_for

PRODUCT_IDS = ("account", "fund", "gone", "loan")


def test_what_is_told_of_a_product_is_by_the_catalogue_of_today_and_how_many_open_it() -> None:
    customers = pa.table(
        {
            "person_key": ["00000000-0000-4000-8000-000000000001"],
            "held_product_ids": pa.array([["gone"]], pa.list_(pa.string())),
        }
    )
    encoder = fit_encoder(customers, PRODUCT_IDS)
    popularity = PopularityRecommender(PRODUCT_IDS, np.array([0.4, 0.01, 0.3, 0.4], np.float32))
    products = (
        Product("account", "Account", "account"),
        Product("fund", "Fund", "fund", client_needs=("retirement",)),
        Product("loan", "Loan", "loan"),
    )
    telling = telling_for(
        bundle_of(popularity, popularity, encoder, PopularityRecipe()), Catalogue(products), currency="EUR"
    )
    # Of credit it is not told that many take it, and of what is gone nothing but that many took it.
    assert [telling.reasons[number].code for number in telling.otherwise] == [
        "popular", "meant:retirement", "popular", "meant:credit",
    ]  # fmt: skip
    assert not telling.may_tell[:, encoder.n_features + PRODUCT_IDS.index("gone")].any()
