"""Step `anonymise_feed`: pseudonymise, generalise and redact the landed feed into `raw`, then delete the landing files.

What customers have asked and were answered since the last run is redacted with it, and leaves the inboxes for
`ops.questions`. Nothing personal passes from here on. Every table is streamed; what stays in memory is the distinct
shapes of the texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from recsys.cleaning.deliveries import ROW_VERSION
from recsys.errors import RunError
from recsys.feed.columns import Column, Privacy, Table
from recsys.feed.contract import CUSTOMERS, TABLES
from recsys.io.declared_features import write_declared_features
from recsys.io.doubtful_consents import write_doubts
from recsys.io.identity import ContactPurpose, forget_customers, read_contacts
from recsys.io.landing import DELETIONS, delete_landing, is_complete, read_landed_manifest, read_landing
from recsys.io.loads import commit_loads, note_merged
from recsys.io.postgres import Connection
from recsys.io.quarantine_waiting import commit_outcomes
from recsys.io.questions import (
    WaitingWords,
    pass_on_answers,
    pass_on_questions,
    read_waiting_answers,
    read_waiting_questions,
)
from recsys.io.raw import (
    append_rows,
    empty_raw,
    mark_anonymised,
    raw_table,
    write_customer_links,
    write_keyed_extras,
)
from recsys.io.raw_merging import Merged, merge_rows
from recsys.io.rectifications import Rectification, read_rectifications_in_force
from recsys.io.retention import drop_past_of_raw, read_feed_cutoffs
from recsys.io.retention_file import read_retention
from recsys.io.runs import read_own_feed
from recsys.io.source_rows import forget_deleted
from recsys.privacy.anonymising import CUSTOMER, EXTRAS, anonymise_batch, anonymise_keys, open_columns, redacted_columns
from recsys.privacy.own_customer import OwnedTexts
from recsys.privacy.redaction import Redactor, build_redactor, count_tags, redact_column
from recsys.privacy.retention import effective_places
from recsys.privacy.spellings import IDENTITIES
from recsys.steps.anonymity import enforce_anonymity, renew_anonymity_page
from recsys.steps.context import StepContext
from recsys.steps.quality_report import renew_quality_report
from recsys.types import JSON, StepResult

Extras = Mapping[str, Sequence[Column]]


def anonymise_feed(context: StepContext) -> StepResult:
    """Write the landed feed to `raw` in one transaction. A load that is there already is left as it is."""
    with context.connect() as connection:
        load = _own_load(connection, context.run.run_id)
    if load["state"] != "anonymised":
        manifest = read_landed_manifest(context.settings.home, context.run.run_id)
        extras = manifest.extra_columns
        identities = _identities(context, extras, is_delta=load["mode"] == "delta")
        questions, answers = _waiting_words(context)
        asked, answered = _owned(questions), _owned(answers)
        redactor = build_redactor(
            lambda: chain(_texts(context, extras, redacted_columns), [asked, answered]),
            identities,
            lambda: _names(context, is_delta=load["mode"] == "delta"),
            context.settings.workers,
            context.progress,
            kept=(owned.distinct() for owned in _texts(context, extras, open_columns)),
            ner=context.settings.ner,
        )
        with context.connect() as connection:
            _write(context, connection, load, extras, redactor)
            pass_on_questions(connection, context.run.run_id, questions, _redacted(asked, redactor))
            pass_on_answers(connection, context.run.run_id, answers, _redacted(answered, redactor))
            write_declared_features(connection, manifest)
            anonymity = enforce_anonymity(context, connection, load)
            load = _own_load(connection, context.run.run_id)
    else:
        # k may be another by now, or an erasure has made a class smaller.
        with context.connect() as connection:
            anonymity = enforce_anonymity(context, connection, load)
    delete_landing(context.settings.home, context.run.run_id)
    # Only now it is known how many rows were updated, deleted or repeated.
    renew_quality_report(context)
    renew_anonymity_page(context)
    return _result(load, anonymity)


def _own_load(connection: Connection, run_id: str) -> dict[str, Any]:
    load = read_own_feed(connection, run_id)
    if load is None or load["state"] == "landed":
        raise RunError(
            f"The feed of run {run_id} cannot be anonymised before its customers are resolved.",
            remedy="Run ingest_feed and resolve_customers first.",
        )
    return load


def _write(
    context: StepContext, connection: Connection, load: Mapping[str, Any], extras: Extras, redactor: Redactor
) -> None:
    is_full = load["mode"] == "full"
    tags: Counter[str] = Counter()
    if is_full:
        empty_raw(connection)
    for table in TABLES:
        batches = _anonymised(context, table, extras.get(table.name, ()), redactor, tags)
        shown = _shown(batches, table.name, _count(load, table, "kept"), context.progress)
        if is_full and not _count(load, table, "repeated") and not _count(load, table, "deleted"):
            append_rows(connection, raw_table(table), shown)
        else:
            merged = _merge(context, connection, table, shown)
            note_merged(connection, context.run.run_id, table.name, merged)
    # What dates back beyond its period does not stay, however often a feed brings it.
    places = effective_places(read_retention(context.settings.home))
    drop_past_of_raw(connection, read_feed_cutoffs(connection, load["as_of"], places), places)
    forget_customers(connection, context.database.secrets.key("quarantine_key"), context.run.run_id)
    forget_deleted(connection, context.run.run_id)
    write_customer_links(connection, context.run.run_id)
    write_keyed_extras(connection, _keyed(extras), is_full=is_full)
    commit_loads(connection, context.run.run_id)
    commit_outcomes(connection, context.run.run_id)
    mark_anonymised(connection, context.run.run_id, dict(tags))
    write_doubts(connection, context.database.secrets)


def _merge(context: StepContext, connection: Connection, table: Table, rows: Iterator[pa.Table]) -> Merged:
    home, run_id = context.settings.home, context.run.run_id
    key = context.database.secrets.key("pseudonym_key")
    deleted = (anonymise_keys(table, batch, key) for batch in _landed(context, DELETIONS.format(table.name)))
    return merge_rows(
        connection, table, rows, deleted, run_id=run_id, is_complete=is_complete(home, run_id, table.name)
    )


def _anonymised(
    context: StepContext, table: Table, extras: Sequence[Column], redactor: Redactor, tags: Counter[str]
) -> Iterator[pa.Table]:
    key = context.database.secrets.key("pseudonym_key")
    looked_through = [*redacted_columns(table, extras), *open_columns(table, extras)]
    texts = {EXTRAS if column in extras else str(column.raw_name) for column in looked_through}
    for batch in _landed(context, table.name):
        rows = anonymise_batch(table, extras, _own_columns(batch), key, redactor)
        if ROW_VERSION in batch.schema.names:
            rows = rows.append_column(ROW_VERSION, batch.column(ROW_VERSION))
        for name in texts:
            tags.update(count_tags(rows.column(name)))
        yield rows


def _waiting_words(context: StepContext) -> tuple[list[WaitingWords], list[WaitingWords]]:
    """Questions and answers, read once: what is asked and answered from here on waits for the next run."""
    key, run_id = context.database.secrets.key("landing_key"), context.run.run_id
    with context.connect() as connection:
        return read_waiting_questions(connection, key, run_id), read_waiting_answers(connection, key, run_id)


def _owned(words: Sequence[WaitingWords]) -> OwnedTexts:
    return OwnedTexts(
        pa.array([one.text for one in words], pa.string()),
        pa.array([one.customer_id for one in words], pa.string()),
    )


def _redacted(words: OwnedTexts, redactor: Redactor) -> list[str]:
    redacted: list[str] = redact_column(words.texts, redactor, words.customer_ids).to_pylist()
    return redacted


def _texts(
    context: StepContext, extras: Extras, columns_of: Callable[[Table, Sequence[Column]], list[Column]]
) -> Iterator[OwnedTexts]:
    for table in TABLES:
        names = [column.name for column in columns_of(table, extras.get(table.name, ()))]
        owner = [CUSTOMER] if CUSTOMER in table.column_names else []
        for batch in _landed(context, table.name, [*owner, *names]) if names else ():
            customer_ids = batch.column(CUSTOMER) if owner else None
            yield from (OwnedTexts(batch.column(name), customer_ids) for name in names)


def _identities(context: StepContext, extras: Extras, *, is_delta: bool) -> Iterator[tuple[str, list[str]]]:
    sealed = [column.name for column in extras.get(CUSTOMERS.name, ()) if column.privacy is Privacy.ENCRYPT]
    names = (*IDENTITIES, *sealed)
    yield from _distinct(context, CUSTOMERS, names)
    for wrong in _corrected(context):
        if wrong.column_name in names and wrong.disputed is not None:
            yield wrong.column_name, [wrong.disputed]
    if is_delta:
        key = context.database.secrets.key("contact_key")
        with context.connect() as connection:
            for contacts in read_contacts(connection, key, ContactPurpose.REDACTION, context.run.run_id):
                yield "customer_id", [customer_id for customer_id, _ in contacts]
                for name in names:
                    yield name, list({str(values[name]) for _, values in contacts if name in values})


def _names(context: StepContext, *, is_delta: bool) -> Iterator[tuple[list[str], list[str | None]]]:
    """Customers with their names: of this load, and those that are known from earlier ones."""
    for batch in _landed(context, CUSTOMERS.name, [CUSTOMER, "full_name"]):
        yield batch.column(CUSTOMER).to_pylist(), batch.column("full_name").to_pylist()
    for wrong in _corrected(context):
        if wrong.column_name == "full_name" and wrong.customer_id is not None:
            yield [wrong.customer_id], [wrong.disputed]
    if is_delta:
        with context.connect() as connection:
            for contacts in read_contacts(
                connection, context.database.secrets.key("contact_key"), ContactPurpose.REDACTION, context.run.run_id
            ):
                ids, values = zip(*contacts, strict=True)
                yield list(ids), [value.get("full_name") for value in values]


def _corrected(context: StepContext) -> list[Rectification]:
    """Texts about a customer go on naming them as their source does, so what was wrong is looked for, too."""
    with context.connect() as connection:
        return read_rectifications_in_force(connection, context.database.secrets, context.run.run_id)


def _distinct(context: StepContext, table: Table, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for batch in _landed(context, table.name, names):
        for name in names:
            yield name, batch.column(name).unique().drop_null().cast(pa.string()).to_pylist()


def _keyed(extras: Extras) -> list[tuple[str, str]]:
    return [
        (table, column.name)
        for table, columns in extras.items()
        for column in columns
        if column.privacy is Privacy.PSEUDONYMISE
    ]


def _own_columns(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.select([name for name in batch.schema.names if name != ROW_VERSION])


def _landed(context: StepContext, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    key = context.database.secrets.key("landing_key")
    yield from read_landing(context.settings.home, context.run.run_id, name, key, columns)


def _shown(
    batches: Iterator[pa.Table], name: str, n_rows: int, progress: Callable[[int, int | None, str], None]
) -> Iterator[pa.Table]:
    done = 0
    for batch in batches:
        yield batch
        done += batch.num_rows
        progress(done, n_rows, name)


def _count(load: Mapping[str, Any], table: Table, what: str) -> int:
    return int(load["table_counts"].get(table.name, {}).get(what, 0))


def _result(load: Mapping[str, Any], anonymity: dict[str, JSON]) -> StepResult:
    tables = {table.name: _count(load, table, "kept") for table in TABLES}
    details: dict[str, JSON] = {"tables": dict(tables), "redactions": load["redactions"], "anonymity": anonymity}
    return StepResult(rows=sum(tables.values()), details=details)
