"""A model as files: arrays and JSON, never pickles; and the way in for MLflow's pyfunc."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from recsys.errors import ModelError
from recsys.features.encoder import CustomerEncoder
from recsys.features.storage import encoder_of, encoder_to_json, feature_schema, program_schema
from recsys.models.base import Recommender, Stored
from recsys.models.candidates import recipe_of, restore
from recsys.models.factors import FactorRecommender, Identities
from recsys.models.popularity import PopularityRecommender
from recsys.models.recipe import Recipe
from recsys.privacy.keys import renewed

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 3
_JSON, ARRAYS_FILE = "model.json", "arrays.npz"
# Of the model for persons who are not to be profiled.
_POPULARITY = "popularity"


@dataclass(frozen=True)
class Bundle:
    """What scoring needs: the model, popularity for persons who are not to be profiled, and how to encode customers.

    `schema` is the `program_schema` of the version that trained it.
    """

    recommender: Recommender
    popularity: PopularityRecommender
    encoder: CustomerEncoder
    recipe: Recipe
    schema: str

    @property
    def feature_schema(self) -> str:
        """As its training was tagged: with the bank's own columns."""
        return feature_schema(self.encoder.declared)


def bundle_of(
    recommender: Recommender, popularity: PopularityRecommender, encoder: CustomerEncoder, recipe: Recipe
) -> Bundle:
    """A bundle with this version's features."""
    return Bundle(recommender, popularity, encoder, recipe, program_schema())


def renew_identities(bundle: Bundle, links: Sequence[bytes]) -> Bundle:
    """`bundle` with its persons under later versions of the pseudonym key, whose `links` come in order.

    A stored model keeps the keys of its training; scoring meets those of today.
    """
    factors = bundle.recommender
    if not links or not isinstance(factors, FactorRecommender) or not len(factors.identities):
        return bundle
    keys = renewed(pa.array(factors.identities.keys.astype(str).tolist(), pa.string()), links)
    renamed = np.array(keys.to_pylist(), dtype="S36")
    order = np.argsort(renamed)
    identities = Identities(renamed[order], factors.identities.vectors[order])
    return replace(bundle, recommender=replace(factors, identities=identities))


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write `model.json` and `arrays.npz` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    of_model = bundle.recommender.stored()
    arrays: dict[str, Any] = {_POPULARITY: bundle.popularity.scores, **of_model.arrays}
    stored = {
        "format": FORMAT,
        "schema": bundle.schema,
        "recipe": bundle.recipe.to_json(),
        "encoder": encoder_to_json(bundle.encoder),
        "facts": dict(of_model.facts),
    }
    np.savez(folder / ARRAYS_FILE, allow_pickle=False, **arrays)
    (folder / _JSON).write_text(json.dumps(stored, indent=1))


def read_bundle(folder: Path) -> Bundle:
    """The bundle in `folder`. Raises `ModelError` where this version cannot read it."""
    try:
        return _read(folder)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ModelError(
            f"The stored model cannot be read by this version: {type(error).__name__}.",
            remedy="Train again with --train auto or always.",
        ) from error


def _read(folder: Path) -> Bundle:
    stored = json.loads((folder / _JSON).read_text())
    if stored["format"] != FORMAT:
        raise ModelError(
            f"The stored model has format {stored['format']}, this version reads {FORMAT}.",
            remedy="Train again with --train auto or always.",
        )
    encoder, recipe = encoder_of(stored["encoder"]), recipe_of(stored["recipe"])
    with np.load(folder / ARRAYS_FILE, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    popularity = PopularityRecommender(encoder.product_ids, arrays.pop(_POPULARITY))
    recommender = restore(recipe, encoder, Stored(arrays, stored["facts"]))
    return Bundle(recommender, popularity, encoder, recipe, stored["schema"])


def erase_vectors(folder: Path, person_keys: Sequence[str]) -> int:
    """Delete the vectors of persons from the bundle in `folder`, in place, and return their number.

    It asks nothing of a bundle but the file of its arrays, so that one that this version cannot read is cleaned too.
    """
    path = folder / ARRAYS_FILE
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if "identity_keys" not in arrays:
        return 0
    before = Identities(arrays["identity_keys"], arrays["identity_vectors"])
    after = before.without(np.array(list(person_keys), dtype="S36"))
    if len(after) == len(before):
        return 0
    arrays |= {"identity_keys": after.keys, "identity_vectors": after.vectors}
    aside = path.with_name(f"new-{ARRAYS_FILE}")
    np.savez(aside, allow_pickle=False, **arrays)
    aside.replace(path)
    return len(before) - len(after)


def check_fits(bundle: Bundle) -> None:
    """Raise `ModelError` where the bundle was trained with other features than this version has."""
    if bundle.schema != program_schema():
        raise ModelError(
            "The model was trained with other features than this version of recsys has.",
            remedy="Run with --train always.",
        )


class PyfuncModel:
    """MLflow's view of a bundle: rows of `marts.feat_customers` in, one score per product out."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Scores, one row per customer and one column per product."""
        import pandas as pd

        block = self._bundle.encoder.transform(pa.Table.from_pandas(model_input, preserve_index=False))
        scores = self._bundle.recommender.score(block)
        return pd.DataFrame(scores.astype(np.float64), columns=list(self._bundle.recommender.product_ids))


def _load_pyfunc(path: str) -> PyfuncModel:
    """Called by MLflow, which finds this module by the `loader_module` of a registered model."""
    return PyfuncModel(read_bundle(Path(path)))


def input_example(encoder: CustomerEncoder) -> pd.DataFrame:
    """Two customers who do not exist, made of values that the encoder knows."""
    import pandas as pd

    columns: dict[str, list[Any]] = {"person_key": [f"00000000-0000-0000-0000-{number:012d}" for number in (1, 2)]}
    for vocabulary in encoder.vocabularies[:-1]:
        first, last = (vocabulary.edges or vocabulary.labels)[0], (vocabulary.edges or vocabulary.labels)[-1]
        of_level = vocabulary.attribute.kind == "level"
        columns[vocabulary.attribute.name] = [float(first), float(last)] if of_level else [first, last]
    columns["held_product_ids"] = [[encoder.product_ids[0]], [encoder.product_ids[-1]]]
    return pd.DataFrame(columns)
