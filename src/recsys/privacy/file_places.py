"""Every place in the home, beside the database, that may hold something about persons or about runs, declared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Files of the home that one purpose has. `patterns` are globs below the home; a file is as old as its last change.

    `is_personal`: it may hold personal data; `is_sealed`: only in a form that nobody reads without a key.
    """

    name: str
    holds: str
    purpose: str
    patterns: tuple[str, ...]
    keep_days: int
    is_personal: bool = False
    is_sealed: bool = False


FILE_PLACES: tuple[FilePlace, ...] = (
    FilePlace(
        "files.landing", "Rows of a run that never came as far as raw, sealed", "Taking a feed in",
        ("landing/**/*",), 7, is_personal=True, is_sealed=True,
    ),
    FilePlace(
        "files.packages", "What was handed out to customers who asked for their data", "Rights of customers",
        ("privacy/access-*", "privacy/export-*"), 30, is_personal=True,
    ),
    FilePlace("files.receipts", "Receipts of erasures: counts and places", "Rights of customers",
        ("privacy/receipt-*", "privacy/receipts/**/*"), 6 * 365),
    FilePlace("files.reports", "Quality of each load: counts", "Running the pipeline", ("reports/**/*",), 90),
    FilePlace(
        "files.data_docs", "What checks of each run found; values of pseudonymised rows", "Running the pipeline",
        ("data_docs/**/*",), 30,
    ),
    FilePlace(
        "files.task_logs", "What tasks wrote while they ran; never a value", "Running the pipeline",
        ("airflow/logs/**/*.log",), 90,
    ),
    FilePlace("files.replays", "Pictures of replays: counts and shares", "Comparing models", ("replays/**/*",), 365),
    FilePlace(
        "files.replaying", "What a replay at work writes: models, values of pseudonymised rows", "Comparing models",
        ("replaying/**/*",), 2,
    ),
    FilePlace("files.dbt_logs", "What dbt wrote; never a value", "Running the pipeline", ("dbt/logs/**/*.log",), 90),
)  # fmt: skip
FILE_PLACE_BY_NAME: Mapping[str, FilePlace] = {place.name: place for place in FILE_PLACES}
