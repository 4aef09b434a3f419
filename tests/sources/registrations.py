"""The online registration of a bank: a real PostgreSQL database with rows that change, are deleted and come late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from recsys.io import cluster
from recsys.io.postgres import Database, open_database
from recsys.settings import Settings

_TABLES = """
create table clients (
    client_no text primary key, name text, email text, phone text, street text, city text, country text,
    born date, profession text, income numeric(12, 2), registered_on date, internal_note text,
    is_deleted boolean not null default false, updated_at timestamptz not null
);
create table offered_products (product_id text primary key, product_name text, category text, launched_at date);
create table contracts (
    client_no text, product_id text, opened_at date, closed_at date, balance numeric(12, 2),
    is_deleted boolean not null default false, updated_at timestamptz not null,
    primary key (client_no, product_id, opened_at)
);
"""
_PRODUCTS = [
    ("p1", "Giro", "account", "2020-01-01"),
    ("p2", "Sparbuch", "savings", "2020-01-01"),
    ("p3", "Depot", "investment", "2020-01-01"),
]
_CLIENT = (
    "insert into clients (client_no, name, email, phone, street, city, country, born, profession, income, "
    "registered_on, internal_note, updated_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'vip', %s)"
)
_CONTRACT = "insert into contracts (client_no, product_id, opened_at, balance, updated_at) values (%s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Registrations:
    """The system; `url` is for SQLAlchemy and holds the password, `wrong_url` holds a wrong one."""

    connection_string: str
    url: str
    wrong_url: str

    def apply(self, day: int) -> None:
        """What happens there on day 1, 2 or 3; the days must come in this order."""
        with self.connect() as connection:
            {1: _first_day, 2: _second_day, 3: _third_day}[day](connection)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the system's own."""
        return psycopg.connect(self.connection_string)


@contextmanager
def registrations(server: Settings, name: str = "registrations") -> Iterator[Registrations]:
    """The system, with a database and a role of its own on the test server."""
    port, database = cluster.running_port(server), open_database(server)
    maintenance = Database("127.0.0.1", port, "postgres", database.secrets)
    statements = [
        sql.SQL("create role {} login password 'right'").format(sql.Identifier(name)),
        sql.SQL("create database {}").format(sql.Identifier(name)),
        sql.SQL("alter database {0} owner to {0}").format(sql.Identifier(name)),
    ]
    with maintenance.connect("admin", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
    address = f"127.0.0.1:{port}/{name}"
    system = Registrations(
        f"postgresql://{name}:right@{address}",
        f"postgresql+psycopg://{name}:right@{address}",
        f"postgresql+psycopg://{name}:wr0ng-p4ss@{address}",
    )
    try:
        with system.connect() as connection:
            connection.execute(_TABLES)
        yield system
    finally:
        with maintenance.connect("admin", autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def _first_day(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    at = "2026-01-01 09:00+00"
    for number, (name, born, job, income) in enumerate(
        [
            ("Ada Lovelace", "1980-12-10", "mathematician", "52000.00"),
            ("Grace Hopper", "1976-12-09", "admiral", "61000.50"),
            ("Alan Turing", "1982-06-23", "logician", "48000.00"),
            ("Test Entry", "1990-01-01", "tester", "1.00"),
        ],
        1,
    ):
        mail = f"c{number}@registered.example"
        row = (f"c{number}", name, mail, None, f"Street {number}", "Wien", "AT", born, job, income, "2025-06-01", at)
        connection.execute(_CLIENT, row)
    with connection.cursor() as cursor:
        cursor.executemany("insert into offered_products values (%s, %s, %s, %s)", _PRODUCTS)
        cursor.executemany(
            _CONTRACT,
            [
                ("c1", "p1", "2025-06-01", "100.00", at),
                ("c2", "p1", "2025-06-01", "200.00", at),
                ("c2", "p2", "2025-06-02", "50.00", at),
                ("c3", "p1", "2025-06-01", "300.00", at),
            ],
        )


def _second_day(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    at = "2026-01-02 09:00+00"
    row = ("c5", "Emmy Noether", "c5@registered.example", None, "Street 5", "Graz", "AT", "1985-03-23", "professor")
    connection.execute(_CLIENT, (*row, "70000.00", "2026-01-02", at))
    connection.execute("update clients set street = 'Ring 2', updated_at = %s where client_no = 'c2'", [at])
    connection.execute("update clients set is_deleted = true, updated_at = %s where client_no = 'c4'", [at])
    connection.execute(_CONTRACT, ("c5", "p1", "2026-01-02", "10.00", at))


def _third_day(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    # Late: it was written on the third day and says that it changed on the second.
    late, at = "2026-01-02 08:00+00", "2026-01-03 09:00+00"
    row = ("c6", "Kurt Gödel", "c6@registered.example", None, "Street 6", "Linz", "AT", "1986-04-28", "logician")
    connection.execute(_CLIENT, (*row, "45000.00", "2026-01-02", late))
    connection.execute("update clients set profession = 'programmer', updated_at = %s where client_no = 'c1'", [at])
    connection.execute(
        "update contracts set balance = 250, updated_at = %s where client_no = 'c2' and product_id = 'p1'", [at]
    )
    connection.execute(
        "update contracts set is_deleted = true, updated_at = %s where client_no = 'c2' and product_id = 'p2'", [at]
    )
    connection.execute(_CONTRACT, ("c6", "p3", "2026-01-02", "999.99", late))
