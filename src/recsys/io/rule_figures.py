"""What every rule did in the publication that is read, and which of them went far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection
from recsys.io.publication_catalogue import read_publication_catalogue
from recsys.io.publications import read_current_publication
from recsys.io.rule_reach import read_reaches
from recsys.ranking.rule_reach import ReachWarning, reach_warnings
from recsys.ranking.rules.registry import RULES


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A rule, and what it did: pairs of a person and a product, and persons of whom it refused at least one product."""

    rule: str
    version: int
    sentence: str
    source: str
    n_persons: int
    share: float
    n_pairs: int
    n_unknown: int


@dataclass(frozen=True, slots=True)
class PublicationRules:
    """The rules of one publication; `warnings` first, for whoever shows them."""

    publication_id: int
    rules_version: str
    n_persons: int
    warnings: list[ReachWarning]
    rules: list[RuleFigures]


def read_publication_rules(connection: Connection, max_share: float) -> PublicationRules:
    """What the rules did in the publication that readers see.

    Raises `NotFoundError` where nothing was published, or eliminations were not counted by product yet.
    """
    publication = read_current_publication(connection)
    if publication is None:
        raise NotFoundError("Nothing was published yet.", remedy="`recsys run` publishes.")
    publication_id = publication["publication_id"]
    catalogue = read_publication_catalogue(connection, publication_id)
    if not len(catalogue):
        raise NotFoundError(
            f"Publication {publication_id} was made before eliminations were counted by product.",
            remedy="The next `recsys run` publishes one that says what each rule did.",
        )
    reaches = read_reaches(connection, publication_id)
    pairs: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for one in reaches:
        pairs[one.rule] += one.n_refused
        unknown[one.rule] += one.n_unknown
    persons, n_ranked = publication["counts"]["refused_persons_by_rule"], publication["n_persons"]
    figures = [
        RuleFigures(
            rule=rule.name,
            version=rule.version,
            sentence=rule.sentence,
            source=" ".join(rule.source.split()),
            n_persons=persons.get(rule.name, 0),
            share=persons.get(rule.name, 0) / n_ranked if n_ranked else 0.0,
            n_pairs=pairs[rule.name],
            n_unknown=unknown[rule.name],
        )
        for rule in RULES
    ]
    warnings = reach_warnings(reaches, catalogue, max_share)
    return PublicationRules(publication_id, publication["rules_version"], n_ranked, warnings, figures)
