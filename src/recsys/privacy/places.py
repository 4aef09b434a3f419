"""Every place that holds something about persons, declared once.

Access, erasure, retention, the record of processing and the scan are driven by these declarations; a test fails where
the database has a table that is not among them. A bank changes periods and what an erasure does in `retention.toml`
(see `retention`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FoundBy(StrEnum):
    """How the rows of one person are found."""

    CUSTOMER_ID = "customer id"  # the bank's own, in clear
    CUSTOMER_KEY = "customer key"  # the pseudonym of a customer
    PERSON_KEY = "person key"  # the pseudonym of the customer that stands for a person
    CUSTOMER_HASH = "customer hash"  # keyed hash of the customer id, of quarantine and originals
    TOMBSTONE_HASH = "tombstone hash"  # keyed hash of the customer id under the key that never rotates
    ROW_KEY = "row key"  # the keys of a row in one text, the customer's pseudonym first
    WITHIN = "within a text"  # the customer's pseudonym stands somewhere in it
    SEARCH = "search"  # sealed rows of which nobody knows whose they are: opened and searched
    NOBODY = "nobody"  # holds nothing about persons


class OnErasure(StrEnum):
    """What an erasure does to a person's rows."""

    ERASE = "erase"
    RESTRICT = "restrict"  # sealed aside and used for nothing but the stated duty, then erased
    KEEP = "keep"  # what proves that the request was carried out, or nothing that is about the person


@dataclass(frozen=True, slots=True)
class Place:
    """A table that holds data about persons, or about nobody.

    `name` is schema.table. `columns` hold what `found_by` says; with several, any of them. `dated_by` is the column by
    which a row's age is counted, None where rows are replaced by every run; `run_id` stands for the day on which that
    run began, `publication_id` for the day on which that publication was made. `keep_days` None: for as long as the
    customer relationship lasts or, without persons, for as long as the installation. `duty` names the law behind
    `RESTRICT` and `KEEP`, `restrict_days` how long it binds. `recipients` are the roles that get to see it.
    """

    name: str
    holds: str
    purpose: str
    found_by: FoundBy
    columns: tuple[str, ...] = ()
    dated_by: str | None = None
    keep_days: int | None = None
    on_erasure: OnErasure = OnErasure.ERASE
    restrict_days: int | None = None
    duty: str = ""

    @property
    def schema(self) -> str:
        """The zone."""
        return self.name.partition(".")[0]

    @property
    def table(self) -> str:
        """The table in its zone."""
        return self.name.partition(".")[2]

    @property
    def is_personal(self) -> bool:
        """Whether it holds anything about persons."""
        return self.found_by is not FoundBy.NOBODY


_BY_CUSTOMER = (FoundBy.CUSTOMER_KEY, ("customer_key",))
_BY_PERSON = (FoundBy.PERSON_KEY, ("person_key",))
_YEAR = 365
_PROFILING = "Personalised recommendations"
_RIGHTS = "Rights of customers"
_CONSENT_DUTY = "GDPR art. 7(1) and 17(3)(e): who relied on a consent must be able to prove it"
_TOMBSTONE_DUTY = "GDPR art. 17(1) and 5(2): without it the next load would bring back who was erased"
_REQUEST_DUTY = "GDPR art. 5(2) and 17(3)(e): that a request was carried out, and in time, must be provable"
_ADVICE_DUTY = "MiFID II art. 16(6): records of what was recommended are kept for five years"


def _nobody(name: str, holds: str, *, dated_by: str | None = None, keep_days: int | None = None) -> Place:
    return Place(
        name, holds, "Running the pipeline", FoundBy.NOBODY, (), dated_by, keep_days, on_erasure=OnErasure.KEEP
    )


def _derived(name: str, holds: str, columns: tuple[str, ...] = ("person_key",)) -> Place:
    found_by = FoundBy.PERSON_KEY if columns == ("person_key",) else FoundBy.CUSTOMER_KEY
    return Place(name, holds, _PROFILING, found_by, columns)


INSIDE: tuple[Place, ...] = (
    Place(
        "identity.customers", "Customer ids with their keys; contact data, sealed", "Pseudonyms, serving, messages",
        FoundBy.CUSTOMER_ID, ("customer_id",),
    ),
    Place(
        "identity.published_customers", "Which customer id was which person in a publication", "Serving",
        FoundBy.CUSTOMER_ID, ("customer_id",),
    ),
    Place(
        "identity.originals", "Personal values before they were standardised, sealed", "Corrections and audits",
        FoundBy.CUSTOMER_HASH, ("customer_hash",), dated_by="run_id", keep_days=90,
    ),
    Place(
        "identity.source_rows", "What each source says of a customer, sealed", "Putting sources together",
        FoundBy.SEARCH, ("key_hash",),
    ),
    Place(
        "identity.matches", "Pairs of customers that may be one person", "Finding duplicates",
        FoundBy.CUSTOMER_KEY, ("customer_key_l", "customer_key_r"),
    ),
    Place(
        "identity.match_decisions", "What people decided about such pairs", "Finding duplicates",
        FoundBy.CUSTOMER_KEY, ("customer_key_l", "customer_key_r"),
    ),
    Place(
        "identity.restricted_rows", "Rows of erased persons that a law makes the bank keep, sealed", "The duty alone",
        FoundBy.TOMBSTONE_HASH, ("tombstone_hash",), dated_by="restricted_until", keep_days=1,
        on_erasure=OnErasure.KEEP, duty="The law that each row names, until the day that it names",
    ),
    _nobody("identity.key_changes", "Empty but within a rotation of keys"),
    _nobody("identity.resealed_values", "Empty but within a rotation of keys"),
    Place(
        "identity.rectifications", "Corrected values and why, sealed", "Rectification (GDPR art. 16)", *_BY_CUSTOMER,
    ),
    Place(
        "identity.question_inbox", "Questions of customers in their own words, sealed", "Answering questions",
        *_BY_CUSTOMER, dated_by="asked_at", keep_days=90,
    ),
    Place(
        "identity.answer_inbox", "Answers to them in the advisors' own words, sealed", "Answering questions",
        *_BY_CUSTOMER, dated_by="answered_at", keep_days=90,
    ),
    _nobody("identity.match_weights", "Probabilities that linkage has learned"),
    # Filled and emptied in one transaction; nobody's rows are ever found there.
    _nobody("identity.new_customers", "Customers on their way in; empty at rest"),
    _nobody("identity.new_links", "Keys on their way in; empty at rest"),
    _nobody("identity.new_source_rows", "Sealed rows on their way in; empty at rest"),
    _nobody("identity.delivered_source_rows", "Hashes of the rows of a delivery on their way in; empty at rest"),
    Place(
        "quarantine.rows", "Rejected rows, sealed", "Mending bad data",
        FoundBy.SEARCH, ("customer_hash",), dated_by="quarantined_at", keep_days=90,
    ),
    Place(
        "quarantine.decisions", "Repaired rows, sealed, and who decided", "Mending bad data",
        FoundBy.SEARCH, ("customer_hash",), dated_by="decided_at", keep_days=_YEAR,
    ),
    _nobody("quarantine.outcomes", "Which rejected rows a run has taken in", dated_by="noted_at", keep_days=_YEAR),
)  # fmt: skip

RAW: tuple[Place, ...] = (
    Place("raw.customers", "Attributes under a pseudonym, coarsened", _PROFILING, *_BY_CUSTOMER),
    Place("raw.customer_links", "Which customer is which person", _PROFILING, *_BY_CUSTOMER),
    Place(
        "raw.holdings", "Products held, under a pseudonym", _PROFILING, *_BY_CUSTOMER,
        dated_by="closed_at", keep_days=5 * _YEAR,
    ),
    Place(
        "raw.transactions", "Payments under a pseudonym, texts redacted", _PROFILING, *_BY_CUSTOMER,
        dated_by="booked_at", keep_days=3 * _YEAR,
    ),
    Place(
        "raw.surveys", "Answers about goals and risk, comments redacted", _PROFILING, *_BY_CUSTOMER,
        dated_by="answered_at", keep_days=5 * _YEAR,
    ),
    Place(
        "raw.consents", "Consents as the bank's systems hold them", _PROFILING, *_BY_CUSTOMER,
        on_erasure=OnErasure.RESTRICT, restrict_days=3 * _YEAR, duty=_CONSENT_DUTY,
    ),
    Place(
        "raw.interactions", "What customers did with offers", _PROFILING, *_BY_CUSTOMER,
        dated_by="occurred_at", keep_days=2 * _YEAR,
    ),
    _nobody("raw.products", "The bank's catalogue"),
)  # fmt: skip

DERIVED: tuple[Place, ...] = (
    _nobody("staging.event_weights", "What an event counts"),
    _nobody("staging.stg_ops__value_clusters", "Spellings of values that many share"),
    _derived("intermediate.int_consents_latest", "The latest consent per purpose"),
    _derived("intermediate.int_customer_versions_linked", "Attributes over time", ("customer_key", "person_key")),
    _derived("intermediate.int_marketing_consents", "What is allowed per channel of marketing"),
    _derived("intermediate.int_profiling_refused", "Who must not be profiled whatever the consents say"),
    _nobody("intermediate.int_feature_dates_listed", "Dates for which features are built"),
    _derived("intermediate.int_holdings_dated", "Holdings per feature date"),
    _derived("intermediate.int_holdings_held", "What is held per feature date"),
    _derived("intermediate.int_holdings_merged", "Holdings of a person's customers, merged"),
    _derived("intermediate.int_money_windowed", "Sums of payments per feature date"),
    _derived("intermediate.int_persons_dated", "Attributes per feature date"),
    _derived("intermediate.int_purposes_decided", "What each person allowed or refused, by purpose"),
    _derived("intermediate.int_refusals_latest", "When a person last refused a product"),
    _derived("intermediate.int_surveys_dated", "Answers per feature date"),
    _nobody("intermediate.int_transaction_days_changed", "Days whose payments changed"),
    _derived("marts.dim_customers", "Who a person is for rules and audits"),
    _nobody("marts.dim_products", "The catalogue"),
    _derived("marts.fct_holdings", "Holdings per person"),
    _derived("marts.fct_interactions", "Events per person"),
    _derived("marts.fct_transactions", "Payments per person"),
    _derived("marts.feat_customers", "The derived profile: features per person and date"),
    _derived("marts.feat_customer_spending", "The derived profile: spending by category"),
    _nobody("marts.feat_products", "Features of products"),
)

SERVING: tuple[Place, ...] = (
    Place(
        "serving.recommendation_rows", "What was recommended, with reasons", "Serving", *_BY_PERSON,
        dated_by="publication_id", keep_days=90,
        on_erasure=OnErasure.RESTRICT, restrict_days=5 * _YEAR, duty=_ADVICE_DUTY,
    ),
    Place(
        "serving.decision_facts", "What each decision of a publication rested on", "Explaining recommendations",
        *_BY_PERSON, dated_by="publication_id", keep_days=90,
        on_erasure=OnErasure.RESTRICT, restrict_days=5 * _YEAR, duty=_ADVICE_DUTY,
    ),
    _nobody("serving.decision_fields", "Names of the values that decisions rested on"),
    Place("serving.elimination_rows", "Which rules took out what, per publication", "Serving", *_BY_PERSON),
    _nobody("serving.elimination_sets", "Which rules a number in those rows stands for"),
    _nobody("serving.elimination_counts", "Eliminations by rule, product and segment, as counts"),
    _nobody("serving.publication_products", "The catalogue with its limits, per publication"),
    _nobody("serving.publication_segments", "Persons per segment, as counts"),
    _nobody("serving.score_counts", "Recommendations by product and score, as counts"),
    _nobody("serving.segment_products", "Recommendations by segment and product, as counts"),
    _nobody("serving.score_quartiles", "How the scores of a product are spread, per publication"),
    _nobody("serving.publications", "Publications with their counts"),
    _nobody("serving.current_publication", "Which publication is read"),
    _nobody("serving.reasons", "Sentences that many rows share"),
    _nobody("serving.products", "The catalogue as published"),
)  # fmt: skip

OPS: tuple[Place, ...] = (
    Place(
        "ops.suppressions", "Customers whom nothing, or nothing profiled, may be shown", _RIGHTS, *_BY_CUSTOMER,
    ),
    Place(
        "ops.consents", "Consents that the bank has written down here", _RIGHTS, *_BY_CUSTOMER,
        on_erasure=OnErasure.RESTRICT, restrict_days=3 * _YEAR, duty=_CONSENT_DUTY,
    ),
    Place("ops.consents_in_doubt", "Customers of whom a rejected row may be a refusal", _RIGHTS, *_BY_CUSTOMER),
    Place(
        "ops.feedback", "What customers did with what they were shown", _PROFILING, *_BY_CUSTOMER,
        dated_by="recorded_at", keep_days=2 * _YEAR,
    ),
    Place(
        "ops.advisor_decisions", "What advisors decided about a customer's list, and why", "Advice", *_BY_CUSTOMER,
        dated_by="decided_at", keep_days=5 * _YEAR,
        on_erasure=OnErasure.RESTRICT, restrict_days=5 * _YEAR, duty=_ADVICE_DUTY,
    ),
    Place(
        "ops.questions", "What customers asked and were answered, redacted", "Answering questions", *_BY_CUSTOMER,
        dated_by="asked_at", keep_days=2 * _YEAR,
    ),
    Place(
        "ops.deletions", "Keys of rows that a source deleted", "Putting sources together",
        FoundBy.ROW_KEY, ("row_key",),
    ),
    Place(
        "ops.privacy_requests", "What customers asked for, by when, and how it ended; ids sealed until then", _RIGHTS,
        FoundBy.TOMBSTONE_HASH, ("subject_hash",), dated_by="received_at", keep_days=3 * _YEAR,
        on_erasure=OnErasure.KEEP, duty=_REQUEST_DUTY,
    ),
    Place(
        "ops.filed_requests", "Which of them customers filed themselves", _RIGHTS, *_BY_CUSTOMER,
        dated_by="filed_at", keep_days=_YEAR,
    ),
    Place(
        "ops.tombstones", "Keyed hashes of erased customer ids, and the day", _RIGHTS,
        FoundBy.TOMBSTONE_HASH, ("tombstone_hash",), on_erasure=OnErasure.KEEP, duty=_TOMBSTONE_DUTY,
    ),
    Place(
        "ops.erasure_receipts", "What each erasure did, in counts", _RIGHTS,
        FoundBy.TOMBSTONE_HASH, ("subject_hash",), on_erasure=OnErasure.KEEP, duty=_REQUEST_DUTY,
    ),
    Place(
        "ops.audit_log", "Who did what, when; keys and counts, never a value", "Accountability (GDPR art. 5(2))",
        FoundBy.WITHIN, ("subject",), dated_by="at", keep_days=6 * _YEAR,
        on_erasure=OnErasure.KEEP, duty="GDPR art. 5(2) and 17(3)(b): that a right was honoured must be provable",
    ),
    _nobody("ops.runs", "Runs"),
    _nobody("ops.step_runs", "Attempts at steps, with counts", dated_by="started_at", keep_days=3 * _YEAR),
    _nobody("ops.current_run", "The run whose data stands"),
    _nobody("ops.feedback_counts", "Answers of customers, as counts"),
    _nobody("ops.conversion_counts", "What customers who were shown a product did, as counts"),
    _nobody("ops.dated_places", "Tables whose rows go by age"),
    _nobody("ops.privacy_scans", "Searches for personal data", dated_by="finished_at", keep_days=3 * _YEAR),
    _nobody("ops.privacy_findings", "Where personal data was found, as counts"),
    _nobody("ops.retention_runs", "What went by age, as counts", dated_by="finished_at", keep_days=6 * _YEAR),
    _nobody("ops.feeds", "Feeds taken in, with counts"),
    _nobody("ops.loads", "What each source delivered, with counts"),
    _nobody("ops.source_files", "Files that were taken in"),
    _nobody("ops.replays", "What is to be read again"),
    _nobody("ops.model_decisions", "Which model serves, who decided it and why"),
    _nobody("ops.column_profiles", "Shapes of columns: counts and bins"),
    _nobody("ops.anonymity_reports", "How anonymous runs were: counts of classes"),
    _nobody("ops.value_clusters", "Spellings of values that many share"),
    _nobody("ops.key_versions", "Which version of a key is in force since when"),
    _nobody("ops.keyed_extras", "Which columns beyond the contract hold pseudonyms"),
    _nobody("ops.declared_features", "Which columns beyond the contract may be features"),
    _nobody("public.migrations", "Which migrations were applied"),
)  # fmt: skip

PLACES: tuple[Place, ...] = (*INSIDE, *RAW, *DERIVED, *SERVING, *OPS)
PLACE_BY_NAME: Mapping[str, Place] = {place.name: place for place in PLACES}
