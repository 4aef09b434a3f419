"""The record of processing activities (GDPR art. 30), from the feed contract, the retention policy and the grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from recsys.documents import Document, Grid, Section
from recsys.feed.columns import Privacy, Purpose
from recsys.feed.contract import TABLES
from recsys.privacy.file_places import FilePlace
from recsys.privacy.places import OnErasure, Place

REFRESH = "`make privacy-docs` writes this page from the feed contract, the retention policy and the grants in force."
BY_THE_BANK = "to be entered by the bank"

# Who works with the data: a role of the database each. What it may see is read from the grants.
ROLES: Mapping[str, str] = {
    "ingest": "The three steps inside the privacy boundary",
    "transform": "dbt and the checks of raw and marts",
    "training": "Training and promotion of models",
    "publisher": "Scoring, checking and publishing",
    "downstream": "The bank's systems that show recommendations: CRM, app, e-mail",
    "api": "The REST API, for customers, their advisors and systems of the bank",
    "reporting": "The bank's analysts in their BI tools: figures, of no customer",
    "engineer": "Data engineers who run the pipeline",
    "officer": "The data-protection officer: rights of customers, retention, searches",
}
_CLASSES: Mapping[Privacy, str] = {
    Privacy.KEEP: "as it is",
    Privacy.PSEUDONYMISE: "keyed pseudonym",
    Privacy.GENERALISE: "made coarser",
    Privacy.REDACT: "free text, personal values replaced",
    Privacy.ENCRYPT: "nothing; sealed inside",
    Privacy.DROP: "nothing",
}
_PURPOSES: Mapping[Purpose, str] = {
    Purpose.FEATURE: "recommending",
    Purpose.RULE: "permission rules",
    Purpose.AUDIT: "fairness and quality, never a model",
    Purpose.CONTACT: "reaching the customer",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What one role may read: whole tables and views by zone, and functions, each with what it does."""

    role: str
    tables: Sequence[str]
    functions: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an installation has at the moment, for the page; counts only."""

    legal_basis: str = BY_THE_BANK
    bank: str = BY_THE_BANK
    counts: tuple[tuple[str, str], ...] = ()
    redactions: Mapping[str, int] = field(default_factory=dict)


def build_record(
    places: Sequence[Place], files: Sequence[FilePlace], access: Sequence[Access], facts: Facts | None = None
) -> Document:
    """The record; with `facts` as the page of one installation, without as it is for all."""
    return Document(
        "Record of processing activities",
        f"GDPR art. 30(1). {REFRESH}",
        _head(facts),
        (
            _purposes(places),
            _subjects(),
            _data(),
            _recipients(access),
            _periods(places, files),
            _erasure(places),
            _measures(),
        ),
        "images/record-of-processing.png",
    )


def _head(facts: Facts | None) -> tuple[tuple[str, str], ...]:
    known = facts or Facts()
    return (
        ("Controller and its representative (a)", known.bank),
        ("Data-protection officer (a)", BY_THE_BANK),
        ("Legal basis of profiling", f"{known.legal_basis} (`legal_basis` of the feed; art. 6(1))"),
        ("Transfers to third countries (e)", "none: the pipeline sends nothing out of the bank's own machines"),
        *known.counts,
    )


def _purposes(places: Sequence[Place]) -> Section:
    by_purpose: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        if place.is_personal:
            by_purpose[place.purpose].append(place)
    rows = [(purpose, _listed(place.name for place in found)) for purpose, found in by_purpose.items()]
    return Section("Purposes (b)", (), (Grid(("purpose", "places"), rows, frozenset()),))


def _subjects() -> Section:
    rows = [
        ("Customers", "everything below"),
        (
            "Third parties whom customers pay or name",
            "account names and numbers become pseudonyms; names in texts are replaced",
        ),
        ("Advisors", "a pseudonym"),
    ]
    return Section("Categories of persons (c)", (), (Grid(("who", "what of them"), rows, frozenset()),))


def _data() -> Section:
    sentence = (
        "Every column has a class and a purpose; a column that is not declared stops the load. What a bank declares "
        "beyond these in `feed.toml` says the same of itself."
    )
    rows = [
        (
            f"{table.name}.{column.name}",
            column.description if column.description.endswith("...") else column.description.removesuffix("."),
            _CLASSES[column.privacy],
            _PURPOSES[column.purpose],
        )
        for table in TABLES
        if table.name != "products"
        for column in table.columns
    ]
    columns = ("column", "what it is", "what passes the privacy boundary", "used for")
    return Section("Categories of personal data (c)", (sentence,), (Grid(columns, rows),))


def _recipients(access: Sequence[Access]) -> Section:
    sentence = (
        "From the database's own catalogue. Functions work with their owner's rights, one for each purpose, and write "
        "the audit log."
    )
    rows = [
        (one.role, ROLES[one.role], _zones(one.tables), _listed(f"`{name}`" for name, _ in one.functions))
        for one in access
    ]
    return Section(
        "Recipients (d)", (sentence,), (Grid(("role", "who", "reads", "calls functions"), rows),)
    )  # fmt: skip


def _periods(places: Sequence[Place], files: Sequence[FilePlace]) -> Section:
    sentence = (
        "Days are counted from the data's own date in `raw`, and from today elsewhere. DAG `retention` deletes daily "
        "what is older; a feed does not bring it back. What has no period stays with the customer: it goes when the "
        "bank no longer delivers the customer, is made anew by every run, or goes with an erasure."
    )
    rows = [(place.name, place.holds, _period(place), place.dated_by or "") for place in places if place.is_personal]
    kept = [(one.name, one.holds, _days(one.keep_days), "last change") for one in files]
    return Section(
        "Time limits (f)",
        (sentence,),
        (Grid(("place", "holds", "period", "counted by"), [*rows, *kept], frozenset({0})),),
    )


def _period(place: Place) -> str:
    if place.dated_by and place.dated_by.endswith("_until"):
        return "until the day that each row names"
    if place.keep_days:
        return _days(place.keep_days)
    return "as in raw, by the next run" if place.schema in ("intermediate", "marts") else "with the customer"


def _erasure(places: Sequence[Place]) -> Section:
    rows = [
        (place.name, str(place.on_erasure), _days(place.restrict_days), place.duty)
        for place in places
        if place.is_personal and place.on_erasure is not OnErasure.ERASE
    ]
    sentence = "Everything else is erased at once. What a law makes the bank keep:"
    return Section(
        "Erasure", (sentence,), (Grid(("place", "what an erasure does", "for", "because of"), rows),)
    )  # fmt: skip


def _measures() -> Section:
    rows = [
        ("Pseudonyms", "keyed HMAC of customer ids; keys lie outside the database and can be rotated"),
        ("Encryption", "contact data, rejected rows and landing files: AES-256-GCM, opened only inside the process"),
        ("Separation", "zones with one direction and roles with grants; nobody selects from `identity`"),
        ("Data minimisation", "columns are coarsened, dropped or redacted before anything leaves the boundary"),
        ("Accountability", "audited functions, `ops.audit_log`, `ops.retention_runs`, `ops.privacy_scans`"),
        ("Verification", "step `scan_privacy` searches tables, artifacts and logs before every publication"),
        ("Integrity", "one writer, transactions, atomic publication, rollback"),
    ]
    return Section("Security (g)", (), (Grid(("measure", "how"), rows, frozenset()),))


def _zones(tables: Iterable[str]) -> str:
    by_zone: dict[str, list[str]] = defaultdict(list)
    for name in tables:
        zone, _, table = name.partition(".")
        by_zone[zone].append(table)
    return "; ".join(f"**{zone}**: {', '.join(names)}" for zone, names in sorted(by_zone.items()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _days(number: int | None) -> str:
    """A period as people say it: whole years where it is one."""
    if number is None:
        return ""
    years, rest = divmod(number, 365)
    if years and not rest:
        return f"{years} year" + ("s" if years > 1 else "")
    return f"{number} days"
