from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from recsys.errors import ModelError
from recsys.features.attributes import ATTRIBUTES, AttributeKind
from recsys.features.bands import band_edges
from recsys.features.encoder import fit_encoder
from recsys.features.storage import encoder_of, encoder_to_json
from recsys.feed.columns import Purpose
from recsys.feed.contract import CUSTOMERS, SURVEYS

N = 100
PRODUCTS = ("card", "account", "fund")


def people(**columns: object) -> pa.Table:
    return pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(N)],
            "annual_income": pa.array([None if number == 0 else float(number * 1_000) for number in range(N)]),
            "segment": ["mass" if number < 60 else "private" if number < 99 else "the only one" for number in range(N)],
            "n_dependants": pa.array([float(number % 6) for number in range(N)]),
            "country": ["AT"] * N,
            "share_365d__food": [number / N for number in range(N)],
            "held_product_ids": pa.array(
                [["account", "unheard-of"] if number % 2 else [] for number in range(N)], pa.list_(pa.string())
            ),
            **columns,
        }
    )


def names(encoder) -> list[str]:
    return [vocabulary.attribute.name for vocabulary in encoder.vocabularies]


def test_each_customer_has_one_feature_of_each_attribute_or_none():
    encoder = fit_encoder(people(), PRODUCTS)
    block = encoder.transform(people())
    offsets = encoder.offsets
    for column, (start, end) in enumerate(pairwise(offsets)):
        known = block.codes[:, column][block.codes[:, column] >= 0]
        assert known.min() >= start
        assert known.max() < end
    assert encoder.n_features == offsets[-1]
    assert block.codes[0, names(encoder).index("annual_income")] == -1


def test_products_are_in_ascending_order_and_unknown_ones_left_out():
    block = fit_encoder(people(), PRODUCTS).transform(people())
    assert block.held[:2].tolist() == [[False, False, False], [True, False, False]]


def weights(encoder, value: float) -> dict[int, float]:
    """What smooth bands make of one income: weight by band."""
    block = encoder.transform(people(annual_income=pa.array([value] * N)))
    band, lean = int(block.codes[0, 0]), float(block.lean[0, 0])
    return {band: 1 - abs(lean), band + int(np.sign(lean)): abs(lean)} if lean else {band: 1.0}


def test_number_leans_to_the_neighbouring_band_without_a_jump_at_the_edge():
    encoder = fit_encoder(people(), PRODUCTS)
    assert encoder.vocabularies[0].attribute.name == "annual_income"
    for edge in encoder.vocabularies[0].edges:
        below, above = weights(encoder, np.nextafter(edge, 0)), weights(encoder, edge)
        assert below.keys() == above.keys()
        assert [below[band] for band in sorted(below)] == pytest.approx([0.5, 0.5])
        assert [above[band] for band in sorted(above)] == pytest.approx([0.5, 0.5])


def test_middle_and_outer_bands_belong_to_themselves():
    encoder = fit_encoder(people(), PRODUCTS)
    first, second = encoder.vocabularies[0].edges[:2]
    assert weights(encoder, (first + second) / 2) == pytest.approx({1: 1.0})
    assert weights(encoder, -1e9) == {0: 1.0}
    assert weights(encoder, 1e9) == {len(encoder.vocabularies[0].edges): 1.0}


def test_what_is_no_number_or_unknown_leans_nowhere():
    block = fit_encoder(people(), PRODUCTS).transform(people())
    is_number = [one.attribute.kind is AttributeKind.BAND for one in fit_encoder(people(), PRODUCTS).vocabularies]
    assert not block.lean[:, ~np.array(is_number)].any()
    assert block.lean[0, 0] == 0
    assert block.lean[:, is_number].any(axis=0).all()
    assert np.abs(block.lean).max() <= 0.5


def test_attribute_that_says_nothing_has_no_feature():
    assert "country" not in names(fit_encoder(people(), PRODUCTS))


def test_label_of_a_few_customers_could_point_at_them_and_is_no_feature():
    encoder = fit_encoder(people(), PRODUCTS)
    segment = encoder.vocabularies[names(encoder).index("segment")]
    assert segment.labels == ("mass", "private")
    assert encoder.transform(people()).codes[99, names(encoder).index("segment")] == -1


def test_many_dependants_are_one_level():
    encoder = fit_encoder(people(n_dependants=[float(number % 8) for number in range(N)]), PRODUCTS)
    levels = encoder.vocabularies[names(encoder).index("n_dependants")]
    # Of 0 to 3 there are some dozen customers each, too few for a feature.
    assert levels.names() == ["4"]


def test_number_of_products_follows_what_is_held():
    encoder = fit_encoder(people(), PRODUCTS)
    block = encoder.transform(people())
    emptied = encoder.with_held(block, np.zeros_like(block.held))
    assert len(set(emptied.codes[:, -1].tolist())) == 1
    assert emptied.codes[0, -1] == block.codes[0, -1]
    assert emptied.codes[1, -1] != block.codes[1, -1]


def test_spending_categories_are_known_for_the_reader():
    assert fit_encoder(people(), PRODUCTS).spending_categories == ("food",)


def test_missing_column_is_named():
    with pytest.raises(ModelError, match="annual_income"):
        fit_encoder(people(), PRODUCTS).transform(people().drop_columns("annual_income"))


def test_blocks_are_encoded_alike_whole_or_in_pieces():
    encoder = fit_encoder(people(), PRODUCTS)
    whole = encoder.transform(people())
    pieces = [encoder.transform(batch) for batch in people().to_batches(max_chunksize=33)]
    np.testing.assert_array_equal(np.vstack([piece.codes for piece in pieces]), whole.codes)
    np.testing.assert_array_equal(np.concatenate([piece.person_keys for piece in pieces]), whole.person_keys)


def test_encoder_survives_being_written_as_json():
    encoder = fit_encoder(people(), PRODUCTS)
    assert encoder_of(json.loads(json.dumps(encoder_to_json(encoder)))) == encoder


def test_encoder_of_another_version_is_refused():
    stored = encoder_to_json(fit_encoder(people(), PRODUCTS)) | {"version": 0}
    with pytest.raises(ModelError, match="version 0"):
        encoder_of(stored)


def test_no_attribute_is_kept_for_audit_or_contact_only():
    forbidden = {
        column.name
        for table in (CUSTOMERS, SURVEYS)
        for column in table.columns
        if column.purpose in (Purpose.AUDIT, Purpose.CONTACT)
    }
    assert {"gender", "marital_status", "language"} <= forbidden
    assert not forbidden & {attribute.name for attribute in ATTRIBUTES}


def test_edges_are_round_so_that_they_are_nobodys_value():
    edges = band_edges(np.array([41_237.11, 52_981.5, 61_002.7, 78_110.3]), 2)
    assert edges == (57_000.0,)


def test_equal_numbers_make_no_bands_and_unknown_ones_do_not_count():
    assert band_edges(np.array([5.0, 5.0, np.nan]), 4) == ()
    assert band_edges(np.array([np.nan]), 4) == ()
