"""The record of processing and the impact summary of an installation, with its policy and its grants."""

from __future__ import annotations

from recsys.documents import Document
from recsys.io.postgres import Database
from recsys.io.processing_facts import read_access, read_facts
from recsys.io.retention_file import read_retention
from recsys.privacy.impact_summary import build_impact
from recsys.privacy.processing_record import build_record
from recsys.privacy.retention import effective_file_places, effective_places
from recsys.settings import Settings


def privacy_document(name: str, settings: Settings, database: Database, *, with_facts: bool) -> Document:
    """The `record` or the `impact` summary; `with_facts` adds the counts of this installation."""
    overrides = read_retention(settings.home)
    places, files = effective_places(overrides), effective_file_places(overrides)
    with database.connect("officer") as connection:
        access = read_access(connection)
        facts = read_facts(connection) if with_facts else None
    if name == "impact":
        return build_impact(places, access, facts)
    return build_record(places, files, access, facts)
