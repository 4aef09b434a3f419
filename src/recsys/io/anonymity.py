"""Persons counted by their quasi-identifiers, in `raw` and in the marts, and coarser values written to `raw`.

Each zone is first brought to one row per person, in a temporary table: with the values that marts take for the person.
Everything else is counted by the database; what comes to Python grows with the combinations, not with the persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from psycopg.types.json import Jsonb

from recsys.io.arrow_copy import read_batches, write_table
from recsys.io.postgres import Connection
from recsys.monitoring.anonymity import AnonymityReport, report_of, report_to_json
from recsys.privacy.quasi_identifiers import ALL, ENFORCED_COLUMNS

Zone: TypeAlias = Literal["raw", "marts"]

_ROWS_AT_A_TIME = 200_000
_TYPES = {"birth_year": pa.int16(), "birth_year_to": pa.int16()}
_CELLS = pa.schema({**{name: _TYPES.get(name, pa.string()) for name in ENFORCED_COLUMNS}, "n_persons": pa.int64()})
# Sensitive columns as far as they differ: an income within a factor of two, and the kinds of products held.
SENSITIVE = ("annual_income", "is_in_arrears", "risk_tolerance", "holdings")

# The row of a person that the marts take: see int_persons_dated. In a snapshot all was known the day before.
_NEWEST_IN_RAW = sql.SQL(
    """
    with versions as (
        select
            {quasi},
            customers.customer_key,
            links.person_key,
            customers.valid_from,
            customers.annual_income,
            customers.is_in_arrears,
            coalesce(
                least(greatest(customers.valid_from, customers.registered_at), {until}), cast('-infinity' as date)
            ) as known_from
        from raw.customers as customers
        inner join raw.customer_links as links on links.customer_key = customers.customer_key
    ),

    ranked as (
        select
            *,
            row_number() over (
                partition by customer_key order by known_from desc, valid_from desc nulls last
            ) as version
        from versions
    )

    select
        *,
        row_number() over (
            partition by person_key
            order by
                version,
                num_nonnulls(birth_year, nullif(country, ''), nullif(region, ''), nullif(gender, '')) desc,
                known_from desc,
                customer_key = person_key desc,
                customer_key
        ) = 1
        -- Whose data may only be stored is in no mart, where the others must be k without them.
        and person_key not in (select person_key from ops.suppressed_persons() where reason = 'restricted')
            as is_newest
    from ranked
    """
)
_PERSONS_OF_RAW = sql.SQL(
    """
    create temporary table persons_of_raw on commit drop as
    select newest.*, surveys.risk_tolerance, holdings.held
    from ({newest}) as newest
    left join (
        select distinct on (links.person_key) links.person_key, answers.risk_tolerance
        from raw.surveys as answers
        inner join raw.customer_links as links on links.customer_key = answers.customer_key
        order by links.person_key, answers.answered_at desc, answers.response_id
    ) as surveys on surveys.person_key = newest.person_key
    left join (
        select links.person_key, string_agg(distinct products.category, '|' order by products.category) as held
        from raw.holdings as held
        inner join raw.products as products on products.product_id = held.product_id
        inner join raw.customer_links as links on links.customer_key = held.customer_key
        where held.closed_at is null
        group by links.person_key
    ) as holdings on holdings.person_key = newest.person_key
    """
)
_PERSONS_OF_MARTS = sql.SQL(
    """
    create temporary table persons_of_marts on commit drop as
    select {quasi}, customers.person_key, customers.annual_income, customers.is_in_arrears, true as is_newest,
        customers.risk_tolerance, holdings.held
    from marts.dim_customers as customers
    left join (
        select held.person_key, string_agg(distinct products.category, '|' order by products.category) as held
        from marts.fct_holdings as held
        inner join marts.dim_products as products on products.product_id = held.product_id
        where held.closed_date is null
        group by held.person_key
    ) as holdings on holdings.person_key = customers.person_key
    """
)
_VALUES = {
    "annual_income": sql.SQL("cast(round(log(2.0, greatest(annual_income, 1))) as text)"),
    "is_in_arrears": sql.SQL("cast(is_in_arrears as text)"),
    "risk_tolerance": sql.SQL("cast(risk_tolerance as text)"),
    "holdings": sql.SQL("coalesce(held, '')"),
}
_ALL_COLUMNS = tuple(name for names in ALL.values() for name in names)


def gather_persons(connection: Connection, zone: Zone, snapshot_of: date | None = None) -> None:
    """Bring `zone` to rows with what is known of each person; `snapshot_of` is the day of a snapshot in `raw`."""
    connection.execute(sql.SQL("drop table if exists {}").format(_gathered(zone)))
    quasi = sql.SQL(", ").join(sql.Identifier("customers", name) for name in _ALL_COLUMNS)
    if zone == "marts":
        connection.execute(_PERSONS_OF_MARTS.format(quasi=quasi))
    else:
        until = sql.SQL("null") if snapshot_of is None else sql.Literal(snapshot_of - timedelta(days=1))
        connection.execute(_PERSONS_OF_RAW.format(newest=_NEWEST_IN_RAW.format(quasi=quasi, until=until)))
    connection.execute(sql.SQL("analyze {}").format(_gathered(zone)))


def read_cells(connection: Connection, zone: Zone) -> pa.Table:
    """The combinations of the enforced quasi-identifiers in `zone` with their persons.

    Each person counts once, older values of persons count nobody. Empty texts are missing.
    """
    query = sql.SQL("select {columns}, count(*) filter (where is_newest) from {persons} group by {places}").format(
        columns=_listed(ENFORCED_COLUMNS), persons=_gathered(zone), places=_places(ENFORCED_COLUMNS)
    )
    blocks = list(read_batches(connection, query, [], _CELLS, _ROWS_AT_A_TIME))
    return pa.concat_tables(blocks) if blocks else _CELLS.empty_table()


def read_class_sizes(
    connection: Connection, zone: Zone, columns: Sequence[str] = _ALL_COLUMNS
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sizes that classes over `columns` have, and how many classes have each, both (n_sizes,)."""
    rows = connection.execute(
        sql.SQL(
            """
            select n_persons, count(*)
            from (select count(*) as n_persons from {persons} where is_newest group by {columns}) as classes
            group by n_persons order by n_persons
            """
        ).format(persons=_gathered(zone), columns=_listed(columns))
    ).fetchall()
    sizes, classes = (np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1))
    return sizes, classes


def read_sensitive(connection: Connection, zone: Zone, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Class and number of persons of each value of `column` within the enforced classes, both (n,).

    Of persons without a value nothing is counted.
    """
    query = sql.SQL(
        """
        select dense_rank() over (order by {classes}), count(*)
        from (select *, {value} as sensitive_value from {persons} where is_newest) as persons
        where sensitive_value is not null
        group by {classes}, sensitive_value
        """
    ).format(value=_VALUES[column], persons=_gathered(zone), classes=_listed(ENFORCED_COLUMNS))
    schema = pa.schema({"class": pa.int64(), "n_persons": pa.int64()})
    blocks = list(read_batches(connection, query, [], schema, _ROWS_AT_A_TIME))
    rows = pa.concat_tables(blocks) if blocks else schema.empty_table()
    return rows["class"].to_numpy(), rows["n_persons"].to_numpy()


def write_coarser(connection: Connection, cells: pa.Table, coarse: pa.Table) -> int:
    """Give the customers of each row of `cells` the values of that row of `coarse`; returns the rows changed."""
    connection.execute(
        """
        create temporary table coarser (
            country text, region text, birth_year smallint, birth_year_to smallint, gender text,
            new_country text, new_region text, new_birth_year smallint, new_birth_year_to smallint, new_gender text
        ) on commit drop
        """
    )
    old = cells.select(list(ENFORCED_COLUMNS))
    new = coarse.select(list(ENFORCED_COLUMNS)).rename_columns([f"new_{name}" for name in ENFORCED_COLUMNS])
    for name in new.column_names:
        old = old.append_column(name, new.column(name))
    write_table(connection, sql.Identifier("coarser"), old)
    connection.execute("analyze coarser")
    changed = connection.execute(
        """
        update raw.customers set
            country = coarser.new_country,
            region = coarser.new_region,
            birth_year = coarser.new_birth_year,
            birth_year_to = coarser.new_birth_year_to,
            gender = coarser.new_gender
        from coarser
        -- What is missing is alike, and the database can only hash what it compares by `=`.
        where coalesce(customers.country, '') = coalesce(coarser.country, '')
            and coalesce(customers.region, '') = coalesce(coarser.region, '')
            and coalesce(customers.birth_year, -1) = coalesce(coarser.birth_year, -1)
            and coalesce(customers.birth_year_to, -1) = coalesce(coarser.birth_year_to, -1)
            and coalesce(customers.gender, '') = coalesce(coarser.gender, '')
        """
    ).rowcount
    connection.execute("drop table coarser")
    return changed


def write_report(connection: Connection, report: AnonymityReport) -> None:
    """Keep the figures of a run, in place of earlier ones."""
    connection.execute(
        """
        insert into ops.anonymity_reports (run_id, k, figures) values (%s, %s, %s)
        on conflict (run_id) do update set k = excluded.k, figures = excluded.figures, measured_at = now()
        """,
        [report.run_id, report.k, Jsonb(report_to_json(report))],
    )


def read_report(connection: Connection, run_id: str | None = None) -> AnonymityReport | None:
    """The figures of a run, by default of the one that was measured last; None where there are none."""
    row: tuple[Any, ...] | None = connection.execute(
        """
        select figures from ops.anonymity_reports where run_id = coalesce(%s, run_id) order by measured_at desc limit 1
        """,
        [run_id],
    ).fetchone()
    return None if row is None else report_of(row[0])


def _gathered(zone: Zone) -> sql.Identifier:
    return sql.Identifier(f"persons_of_{zone}")


def _listed(columns: Sequence[str]) -> sql.Composed:
    texts = (
        sql.Identifier(name) if name in _NUMBERS else sql.SQL("nullif({}, '')").format(sql.Identifier(name))
        for name in columns
    )
    return sql.SQL(", ").join(texts)


def _places(columns: Sequence[str]) -> sql.SQL:
    return sql.SQL(", ".join(str(place + 1) for place in range(len(columns))))


_NUMBERS = frozenset({"birth_year", "birth_year_to", "n_dependants"})
