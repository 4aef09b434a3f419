"""The record of one decision, from what its publication stored, and computed again with its model and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from recsys.documents import Document
from recsys.errors import NotFoundError
from recsys.explanation.phrases import ENGLISH
from recsys.features.block import CustomerBlock
from recsys.governance.decision_record import Contribution, DecisionRecord, Reckoning, Verdict
from recsys.governance.suitability import Investment, build_statement
from recsys.io.catalogue_words import read_currency
from recsys.io.decision_facts import StoredDecision, read_decision
from recsys.io.postgres import Database, open_database
from recsys.io.publication_catalogue import read_publication_catalogue
from recsys.io.publications import Publication, read_kept_publication, read_reasons
from recsys.io.registry import open_registry, with_current_keys
from recsys.models.bundle import Bundle
from recsys.ranking.adjustments.adjustments import Adjustments
from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.rules.questionnaire import VALID_DAYS
from recsys.ranking.rules.registry import RULES
from recsys.ranking.scoring import Adviser, Recommended
from recsys.settings import Settings
from recsys.steps.adviser import telling_for
from recsys.types import JSON

_PUBLICATION = ("publication_id", "run_id", "model_name", "model_version", "rules_version", "as_of", "published_at")


@dataclass(frozen=True)
class Decision:
    """One customer's decisions of one publication: what is stored, and what comes out when it is computed again."""

    customer_id: str
    publication: Publication
    currency: str
    stored: StoredDecision
    bundle: Bundle
    adviser: Adviser
    recommended: Recommended
    # Of the publication, by number: the language that customers read, and the sentence.
    told: Mapping[int, tuple[str, str]]

    @property
    def catalogue(self) -> Catalogue:
        """The products as the publication's rules saw them."""
        return self.adviser.catalogue

    @property
    def is_profiled(self) -> bool:
        """Whether the champion ranked, and not popularity for somebody who did not allow it."""
        return bool(self.stored.facts["has_profiling_consent"][0].as_py())

    def product(self, product_id: str) -> Product:
        """A product of the publication. Raises `NotFoundError` for one that it did not know."""
        if product_id not in self.catalogue.index:
            raise NotFoundError(
                f"Publication {self.publication['publication_id']} does not know the product {product_id}.",
                remedy=f"It knows {', '.join(self.catalogue.product_ids)}.",
            )
        return self.catalogue.products[self.catalogue.index[product_id]]

    def record(self, product_id: str) -> DecisionRecord:
        """The record of one product. Raises `NotFoundError` for one that the publication did not know."""
        product = self.product(product_id)
        published = next((row for row in self.stored.recommended if row["product_id"] == product_id), None)
        told = [] if published is None else [self.told[number] for number in published["reason_ids"]]
        base, contributions = self._parts(product_id)
        return DecisionRecord(
            self.customer_id,
            product_id,
            product.product_name,
            {name: _plain(self.publication[name]) for name in _PUBLICATION},
            self.is_profiled,
            self._reckoning(product_id, published),
            {name: _plain(values[0].as_py()) for name, values in _columns(self.stored.facts)},
            list(self._verdicts(product)),
            [sentence for _, sentence in told],
            told[0][0] if told else ENGLISH,
            base,
            contributions,
        )

    def statement(self, product_id: str) -> Document:
        """The suitability statement of one product; see `build_statement` for what it raises."""
        product = self.product(product_id)
        investment = Investment(
            product.product_name,
            product.description,
            product.risk_class,
            product.min_horizon_years,
            product.min_knowledge_level,
            product.min_loss_capacity,
            product.annual_fee,
            self.currency,
        )
        return build_statement(self.record(product_id), investment, VALID_DAYS)

    def _place(self, product_id: str) -> int | None:
        """Its place in the list that comes out again, from 0."""
        places = np.flatnonzero(self.recommended.ranking.products[0] == self.catalogue.index[product_id])
        return int(places[0]) if len(places) else None

    def _reckoning(self, product_id: str, published: dict[str, Any] | None) -> Reckoning:
        place = self._place(product_id)
        return Reckoning(
            None if published is None else published["score"],
            None if published is None else published["rank"],
            None if place is None else float(self.recommended.ranking.scores[0, place]),
            None if place is None else place + 1,
        )

    def _parts(self, product_id: str) -> tuple[float, list[Contribution]]:
        """What the score is made of: the base, and what each thing adds, the most first; nothing for no score."""
        scorer = self.bundle.recommender if self.is_profiled else self.bundle.popularity
        if product_id not in scorer.product_ids:
            return 0.0, []
        block = self.bundle.encoder.transform(self.stored.facts)
        parts = scorer.parts(block, np.array([[scorer.product_ids.index(product_id)]]))
        adds = parts.contributions[0, 0].tolist()
        made = [Contribution(name, value, one) for (name, value), one in zip(self._things(block), adds, strict=True)]
        return float(parts.base[0, 0]), sorted((one for one in made if one.adds), key=lambda one: -abs(one.adds))

    def _things(self, block: CustomerBlock) -> Iterator[tuple[str, JSON]]:
        """Names and values of what parts are made of, in the order of `CustomerEncoder.thing_names`."""
        names, facts = self.bundle.encoder.thing_names, self.stored.facts
        n_attributes = block.codes.shape[1]
        for name in names[:n_attributes]:
            # Only the number of products held is no stored fact: it follows from which they are.
            yield name, _plain(facts[name][0].as_py()) if name in facts.column_names else int(block.held[0].sum())
        for name, is_held in zip(names[n_attributes:], block.held[0].tolist(), strict=True):
            yield name, "held" if is_held else "not held"

    def _verdicts(self, product: Product) -> Iterator[Verdict]:
        facts = dict(_columns(self.stored.facts))
        customer = build_rule_facts(self.stored.facts, self.catalogue)
        for rule in RULES:
            refusal = rule.refuses(customer, product, self.publication["as_of"])
            yield Verdict(
                rule.name,
                "no limit" if refusal is None else _answer(bool(refusal.is_refused[0]), bool(refusal.is_unknown[0])),
                {name: _plain(facts[name][0].as_py()) for name in rule.facts},
                {name: _plain(getattr(product, name)) for name in rule.limits},
                rule.source,
            )


class DecisionReader:
    """Reads decisions of one publication, by default the current one, with the model and the rules that made them.

    Raises `NotFoundError` where the publication is not kept, `ModelError` where its model cannot be read any more.
    """

    def __init__(self, settings: Settings, publication_id: int | None = None) -> None:
        self._database = open_database(settings)
        with self._database.connect("officer") as connection:
            self._publication = read_kept_publication(connection, publication_id)
            catalogue = read_publication_catalogue(connection, self._publication["publication_id"])
            self._currency = read_currency(connection, self._publication["run_id"])
            self._told = read_reasons(connection, self._publication["publication_id"])
        self._bundle = _bundle(settings, self._database, self._publication)
        self._adviser = Adviser(
            self._bundle.recommender,
            self._bundle.popularity,
            telling_for(self._bundle, catalogue, self._currency),
            catalogue,
            self._publication["as_of"],
            self._publication["top_n"],
            adjustments=Adjustments.of(self._publication["adjustments"]),
        )

    def read(self, customer_id: str, asked_by: str) -> Decision:
        """What was decided about a customer; the look is audited. Raises `NotFoundError` where nothing is stored."""
        with self._database.connect("officer") as connection:
            stored = read_decision(connection, self._publication["publication_id"], customer_id, asked_by)
        recommended = self._adviser.recommend(
            self._bundle.encoder.transform(stored.facts),
            build_rule_facts(stored.facts, self._adviser.catalogue),
            np.asarray(stored.facts["has_profiling_consent"]),
        )
        return Decision(
            customer_id, self._publication, self._currency, stored, self._bundle, self._adviser, recommended, self._told
        )


def _bundle(settings: Settings, database: Database, publication: Publication) -> Bundle:
    registry = open_registry(settings, database)
    version = registry.find_version(str(publication["model_version"]))
    return with_current_keys(database, registry.read_bundle_of(version), version.tags)


def _columns(facts: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    return [(name, facts[name]) for name in facts.column_names if name != "person_key"]


def _answer(is_refused: bool, is_unknown: bool) -> str:
    return "unknown" if is_unknown else "refused" if is_refused else "passed"


def _plain(value: Any) -> JSON:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
