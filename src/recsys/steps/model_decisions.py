"""What a person decides about models: approve or reject what waits, or go back to a version that served before."""

from __future__ import annotations

from recsys.errors import ModelError
from recsys.governance.decision_words import DecisionWords
from recsys.governance.decisions import (
    DecisionKind,
    ModelDecision,
    check_waits,
    version_to_go_back_to,
)
from recsys.io.model_decisions import decide_on_model, read_decisions
from recsys.io.postgres import Connection, Database, open_database, writer_lock
from recsys.io.registry import ALIAS, WAITING_ALIAS, Registry, Version, open_registry
from recsys.models.bundle import check_fits
from recsys.models.candidates import candidate_of
from recsys.settings import Settings
from recsys.steps.erase_person import ERASED_VECTORS
from recsys.steps.model_card import renew_cards

# Reads what was decided and writes what a person decides, through a function.
ROLE = "engineer"


def approve_model(settings: Settings, version: int, words: DecisionWords) -> ModelDecision:
    """Make the version that waits champion.

    Raises `NotFoundError` or `ModelError` where it does not wait, is not the newest, or cannot serve any more.
    """
    database, registry = _opened(settings)
    with database.connect(ROLE) as connection, writer_lock(connection):
        check_waits(version, read_decisions(connection))
        decided = _decide(connection, registry, _servable(registry, version), "approved", words)
        # Before the commit: a decision that is written down is in force. Killed in between, it is approved again.
        registry.set_alias(ALIAS, str(version))
        registry.drop_alias(WAITING_ALIAS)
        return decided


def reject_model(settings: Settings, version: int, words: DecisionWords) -> ModelDecision:
    """Decide that the version that waits never serves. Raises as `approve_model`, where it does not wait."""
    database, registry = _opened(settings)
    with database.connect(ROLE) as connection, writer_lock(connection):
        check_waits(version, read_decisions(connection))
        decided = _decide(connection, registry, registry.find_version(str(version)), "rejected", words)
        registry.drop_alias(WAITING_ALIAS)
        return decided


def roll_back_model(settings: Settings, version: int | None, words: DecisionWords) -> ModelDecision:
    """Make a version champion again that served before, by default the last one.

    Raises `NotFoundError` where it never served or its files are gone, `ModelError` where it serves or cannot any more.
    """
    database, registry = _opened(settings)
    with database.connect(ROLE) as connection, writer_lock(connection):
        wanted = version_to_go_back_to(version, read_decisions(connection))
        decided = _decide(connection, registry, _servable(registry, wanted), "rolled_back", words)
        registry.set_alias(ALIAS, str(wanted))
        return decided


def _opened(settings: Settings) -> tuple[Database, Registry]:
    database = open_database(settings)
    return database, open_registry(settings, database)


def _servable(registry: Registry, number: int) -> Version:
    found = registry.find_version(str(number))
    bundle = registry.read_bundle_of(found)
    check_fits(bundle)
    if candidate_of(bundle.recipe).keeps_vectors or ERASED_VECTORS in found.tags:
        raise ModelError(
            f"Version {number} keeps a vector per customer, also of customers who were erased since.",
            remedy="Choose another version, or train anew.",
        )
    return found


def _decide(
    connection: Connection, registry: Registry, version: Version, kind: DecisionKind, words: DecisionWords
) -> ModelDecision:
    decide_on_model(connection, kind, int(version.version), words)
    decisions = read_decisions(connection)
    renew_cards(registry, decisions)
    return decisions[-1]
