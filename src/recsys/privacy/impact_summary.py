"""The data-protection impact summary (GDPR art. 35(7)): what is done, whether it is needed, what may go wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from recsys.documents import Document, Grid, Section
from recsys.feed.columns import Privacy, Purpose
from recsys.feed.contract import TABLES
from recsys.privacy.places import Place
from recsys.privacy.processing_record import BY_THE_BANK, REFRESH, Access, Facts


class Risk(NamedTuple):
    """What may happen to a customer, what is done against it, where that is shown, and what is left."""

    risk: str
    measures: str
    shown_by: str
    before: str
    after: str


RISKS: tuple[Risk, ...] = (
    Risk(
        "Somebody who should not sees who a customer is",
        "Ids become keyed pseudonyms; contact data is sealed with a key outside the database; no role selects from"
        " `identity`, functions do and are audited",
        "roles are tried one by one in tests; the record of processing lists grants",
        "high", "low",
    ),
    Risk(
        "A name stays in a free text, or gets into a log or an artifact",
        "Known customers with their variants, patterns with checksums and a language model; errors quote no value;"
        " `scan_privacy` looks through everything before each publication",
        "recall and precision in the privacy page; findings of the last search",
        "high", "low to medium: names of strangers are found less surely than customers",
    ),
    Risk(
        "A person is recognised by a rare combination of attributes",
        "Year of birth and region in the place of date and postcode; a report and a set k on quasi-identifiers",
        "the k-anonymity report",
        "medium", "low to medium",
    ),
    Risk(
        "A wrong profile, or one that treats groups unequally",
        "Sex, marital status and the like are for audits only and never seen by a model; permission rules come before"
        " preference; every recommendation has reasons; access and rectification",
        "purposes of columns; tests of the feature step",
        "medium", "low",
    ),
    Risk(
        "Profiling without, or against, the customer's will",
        "Consent per purpose with history; objection and withdrawal take effect in what is served at once",
        "suppressions and consents in `ops`; counts in each run",
        "high", "low",
    ),
    Risk(
        "A recommendation is taken for a decision on credit",
        "The system proposes and never approves; credit is not offered where arrears are unknown",
        "permission rules",
        "medium", "low",
    ),
    Risk(
        "Data is kept for longer than it is needed",
        "A period per table as data, enforced daily and at every load; longer periods need a law that is named",
        "`ops.retention_runs`; the record of processing",
        "medium", "low",
    ),
    Risk(
        "Somebody who was erased comes back with the next load or a restored backup",
        "A tombstone under a key that never rotates stops rows from before the erasure",
        "the receipt of the erasure",
        "medium", "low",
    ),
    Risk(
        "Keys are lost or stolen",
        "Keys lie in a file of their own or in the environment of a server, and can be rotated without unlinking",
        "`recsys keys`",
        "high", "medium: whoever has keys and database has everything",
    ),
)  # fmt: skip


def build_impact(places: Sequence[Place], access: Sequence[Access], facts: Facts | None = None) -> Document:
    """The summary; with `facts` as the page of one installation, without as it is for all."""
    known = facts or Facts()
    return Document(
        "Data-protection impact summary",
        f"GDPR art. 35(7). {REFRESH} Likelihood and severity are proposals, for the data-protection officer to judge.",
        (
            ("Controller", known.bank),
            ("Legal basis of profiling", known.legal_basis),
            ("Advice of the data-protection officer (art. 35(2))", BY_THE_BANK),
            *known.counts,
        ),
        (
            _description(places),
            _necessity(),
            _rights(),
            _risks(),
            *([_residual(known)] if known.redactions else []),
        ),
        "images/impact-summary.png",
    )


def _description(places: Sequence[Place]) -> Section:
    personal = [place for place in places if place.is_personal]
    inside = sum(place.schema in ("identity", "quarantine") for place in personal)
    return Section(
        "What is done (a)",
        (
            "Once a day the bank's data on customers, holdings, payments, answers, consents and reactions is taken in. "
            "Inside the privacy boundary duplicates are found, contact data is sealed and everything else is "
            "pseudonymised, coarsened and redacted. Outside it features are built, models are trained, and every "
            "customer gets a ranked, explained list of products that the bank may offer to them. This is profiling "
            "(art. 4(4)) on a large scale; it decides nothing with legal effect (art. 22).",
            f"{len(personal)} tables hold something about persons, {inside} of them inside the boundary; the record of "
            "processing names each with its purpose, period and readers.",
        ),
    )


def _necessity() -> Section:
    columns = [column for table in TABLES if table.name != "products" for column in table.columns]
    classes = Counter(column.privacy for column in columns)
    purposes = Counter(column.purpose for column in columns)
    stopped = classes[Privacy.ENCRYPT] + classes[Privacy.DROP]
    rows = [
        ("columns of the feed about customers", str(len(columns))),
        ("of which nothing passes the boundary", str(stopped)),
        ("that pass as a pseudonym, coarser or redacted",
            str(classes[Privacy.PSEUDONYMISE] + classes[Privacy.GENERALISE] + classes[Privacy.REDACT])),
        ("that a model may see", str(purposes[Purpose.FEATURE])),
        ("that only rules, audits or contact may use", str(len(columns) - purposes[Purpose.FEATURE])),
    ]  # fmt: skip
    return Section(
        "Necessity and proportionality (b)",
        (
            "Only three tables are required; each further one is the bank's choice and means better recommendations. "
            "Who does not want to be profiled is shown popular, permitted products, or nothing, as the bank has set.",
        ),
        (Grid(("", "number"), rows, frozenset()),),
    )


def _rights() -> Section:
    rows = [
        ("access (art. 15)", "recsys privacy access", "everything held, with the profile and the reasons"),
        (
            "rectification (art. 16)",
            "recsys privacy rectify",
            "corrected at once, for as long as the source delivers the wrong value; what was made of it is not served",
        ),
        ("erasure (art. 17)", "recsys privacy erase", "every copy, with a receipt"),
        ("restriction (art. 18)", "recsys privacy restrict", "nothing is served or learned"),
        ("portability (art. 20)", "recsys privacy export", "what the customer provided, as JSON and CSV"),
        ("objection (art. 21)", "recsys privacy object", "at once in what is served"),
    ]
    return Section("Rights of customers", (), (Grid(("right", "by", "what happens"), rows, frozenset({1})),))


def _risks() -> Section:
    return Section(
        "Risks (c) and measures (d)",
        (),
        (Grid(("risk", "measures", "shown by", "before", "what is left"), RISKS, frozenset()),),
    )


def _residual(facts: Facts) -> Section:
    rows = [(tag, f"{count:,}") for tag, count in sorted(facts.redactions.items(), key=lambda one: -one[1])]
    return Section(
        "Figures of this installation",
        ("What was replaced in the free texts that are held now:",),
        (Grid(("kind", "times"), rows),),
    )
