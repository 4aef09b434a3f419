"""A past that ends on one day: views in the place of tables, which show what was known at the end of that day.

All rows lie in the schema `history` of a replay's database. What is dated later than the day is not there, so nothing
that is built on `raw` can look ahead; an end that lies later (a holding closed, a product withdrawn) has not come yet.
One thing is known before its day: a refusal counts whenever it was given, as in every run that looks at an earlier day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from recsys.io.postgres import Connection

_DAY = sql.SQL("(select day from history.replayed_day)")


@dataclass(frozen=True, slots=True)
class Past:
    """A table of the installation that has a past: `known` says which of its `rows` are known on the day.

    `ends` are its columns that hold the day on which something ended.
    """

    schema: str
    table: str
    known: sql.Composable
    ends: tuple[str, ...] = ()

    @property
    def name(self) -> sql.Identifier:
        """Where the installation has the table, and the replay the view."""
        return sql.Identifier(self.schema, self.table)

    @property
    def history(self) -> sql.Identifier:
        """Where the replay has all rows."""
        return sql.Identifier("history", f"{self.schema}_{self.table}")


def _by_day(column: str) -> sql.Composable:
    return sql.SQL("({column} is null or {column} <= {day})").format(column=sql.Identifier("rows", column), day=_DAY)


def _by_moment(column: str) -> sql.Composable:
    return sql.SQL("cast({} at time zone 'UTC' as date) <= {}").format(sql.Identifier("rows", column), _DAY)


def _all(*conditions: sql.Composable) -> sql.Composable:
    return sql.SQL(" and ").join(conditions)


_GRANTED_BY_THEN = sql.SQL("({} or not rows.is_granted)").format(_by_moment("recorded_at"))
# The same day as in `int_customer_versions_linked`.
_VERSION_KNOWN = sql.SQL("coalesce(greatest(rows.valid_from, rows.registered_at) <= {}, true)").format(_DAY)
# Rows of whoever was no customer yet, and of products that did not exist yet, would have been rejected.
_CUSTOMER_KNOWN = sql.SQL("rows.customer_key in (select known.customer_key from raw.customers as known)")
_PRODUCT_KNOWN = sql.SQL("rows.product_id in (select known.product_id from raw.products as known)")

# In an order in which each view finds what it looks at.
PASTS: tuple[Past, ...] = (
    Past("raw", "customers", _VERSION_KNOWN),
    Past("raw", "products", _by_day("launched_at"), ends=("withdrawn_at",)),
    Past("raw", "customer_links", _CUSTOMER_KNOWN),
    Past("raw", "holdings", _all(_by_day("opened_at"), _CUSTOMER_KNOWN, _PRODUCT_KNOWN), ends=("closed_at",)),
    Past("raw", "transactions", _all(_by_moment("booked_at"), _CUSTOMER_KNOWN)),
    Past("raw", "surveys", _all(_by_moment("answered_at"), _CUSTOMER_KNOWN)),
    Past("raw", "consents", _all(_GRANTED_BY_THEN, _CUSTOMER_KNOWN)),
    Past("raw", "interactions", _all(_by_moment("occurred_at"), _CUSTOMER_KNOWN, _PRODUCT_KNOWN)),
    Past("ops", "consents", _GRANTED_BY_THEN),
)


def create_history(connection: Connection) -> None:
    """Empty tables for all rows, and in the place of the tables that they come from views of what is known."""
    connection.execute("create schema history")
    connection.execute("create unlogged table history.replayed_day (day date not null)")
    connection.execute("insert into history.replayed_day values ('infinity')")
    connection.execute("grant usage on schema history to publisher")
    for past in PASTS:
        columns = read_columns(connection, past.schema, past.table)
        connection.execute(sql.SQL("create unlogged table {} (like {})").format(past.history, past.name))
        # With what readers see, which rests on consents: a replay has no readers.
        connection.execute(sql.SQL("drop table {} cascade").format(past.name))
        connection.execute(
            sql.SQL("create view {} as select {} from {} as rows where {}").format(
                past.name,
                sql.SQL(", ").join(_shown(column, past.ends) for column in columns),
                past.history,
                past.known,
            )
        )
        connection.execute(sql.SQL("grant select on {} to transform").format(past.name))


def show_day(connection: Connection, day: date) -> None:
    """From now on `raw` ends on `day`."""
    connection.execute("update history.replayed_day set day = %s", [day])


def read_columns(connection: Connection, schema: str, table: str) -> list[str]:
    """The columns of a table, in their order."""
    rows = connection.execute(
        """
        select attname from pg_attribute
        where attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and attnum > 0 and not attisdropped
        order by attnum
        """,
        [schema, table],
    ).fetchall()
    return [row[0] for row in rows]


def _shown(column: str, ends: Sequence[str]) -> sql.Composable:
    name = sql.Identifier("rows", column)
    if column not in ends:
        return name
    return sql.SQL("case when {name} <= {day} then {name} end as {column}").format(
        name=name, day=_DAY, column=sql.Identifier(column)
    )
