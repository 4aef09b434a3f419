"""A bank whose feed went as far as `raw`, and of which a publication is read that gives everybody one product."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg import sql
from tests.integration.small_feed import write_small_feed
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.io.partitions import attach_partitions, create_partitions, partition, seal_partitions
from recsys.io.postgres import Database, open_database
from recsys.io.publication_catalogue import write_publication_products
from recsys.io.publications import create_publication, mark_published, point_to, publish_customers
from recsys.ranking.catalogue import Catalogue, Product
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run
from recsys.types import Run

STEPS = ("ingest_feed", "resolve_customers", "anonymise_feed")
PEOPLE = (
    "customer_id,registered_at,full_name,email,birth_date,national_id,advisor_id,loyalty\n"
    "c1,2020-01-05,Ada Lovelace,ada@example.org,1980-12-10,ID-1,anna,L-1\n"
    "c2,2021-03-01,Grace Hopper,grace@example.org,1975-12-09,ID-2,anna,L-2\n"
    "c3,2022-07-19,Alan Turing,alan@example.org,1990-06-23,ID-3,bert,\n"
    "c4,2023-01-01,Ada Lovelace,ada@example.org,1980-12-10,ID-1,bert,L-1\n"
)
BAD = "c9,2023-01-01,Max Mustermann,max@example.org,the day before,ID-9,anna,L-9\n"
MONEY = (
    "transaction_id,customer_id,booked_at,amount,counterparty_iban\n"
    "4e1c7a52-9f0b-4f53-8e0c-111111111111,c1,2024-01-01,10.00,DE02120300000000202051\n"
    "4e1c7a52-9f0b-4f53-8e0c-222222222222,c2,2024-01-02,20.00,DE02120300000000202051\n"
)
MANIFEST = """name = "small"
as_of = 2024-12-31
[columns.customers.loyalty]
type = "text"
class = "pseudonymise"
purpose = "audit"
"""


class PublishedBank:
    """Feeds come in, one publication is read, and `recsys` is asked."""

    def __init__(self, home: Settings, folder: Path) -> None:
        # One row of five is bad.
        self.home, self.folder, self.n_runs = home.model_copy(update={"max_bad_row_share": 0.5}), folder, 0

    @property
    def database(self) -> Database:
        """As a new process opens it."""
        return open_database(self.home)

    def begin(self, *, is_delta: bool = False, **texts: str) -> str:
        """A run of a feed of the files `texts`, of which no step has run yet."""
        self.n_runs += 1
        run_id = f"run-{self.n_runs}"
        manifest = 'mode = "delta"\n' + MANIFEST if is_delta else MANIFEST
        changes: dict[str, str | bytes | None] = {f"{name}.csv": text for name, text in texts.items()}
        feed = write_small_feed(self.folder / run_id, {**changes, "feed.toml": manifest})
        start_run(Run(run_id, str(feed), None, 5, "auto"), self.home)
        return run_id

    def take_in(self, *, is_delta: bool = False, **texts: str) -> None:
        """A whole feed into `raw`."""
        run_id = self.begin(is_delta=is_delta, **texts)
        for step in STEPS:
            run_step(step, run_id, self.home)

    def publish(self) -> None:
        """Everybody's first product is named after them."""
        run_id = f"run-{self.n_runs}"
        with self.database.connect("admin") as connection:
            people = connection.execute("select customer_id, person_key from identity.customers").fetchall()
        with self.database.connect("publisher") as connection:
            publication = create_publication(
                connection,
                run_id,
                model_name="m",
                model_version="1",
                rules_version="1",
                as_of=date(2024, 12, 31),
                top_n=5,
                adjustments={},
            )
            write_publication_products(connection, publication, Catalogue((Product("p1", "Account", "account"),)))
            create_partitions(connection, publication)
            for customer_id, person_key in people:
                connection.execute(
                    sql.SQL(
                        "insert into {} (person_key, rank, product_id, score, reason_ids)"
                        " values (%s, %s, 'p1', 1, '{{}}')"
                    ).format(partition("recommendation_rows", publication)),
                    [person_key, int(customer_id[1:])],
                )
            seal_partitions(connection, publication)
            connection.execute(
                "insert into serving.products values ('p1', 'Account', 'account', null) on conflict do nothing"
            )
            connection.execute(
                "update serving.publications set state = 'checked' where publication_id = %s", [publication]
            )
            publish_customers(connection, publication)
            attach_partitions(connection, publication)
            mark_published(connection, publication, timedelta(days=7))
            point_to(connection, publication)

    def served(self) -> list[tuple[Any, ...]]:
        """Who sees what."""
        return self.rows(
            "select customer_id, rank, product_id from serving.recommendations order by 1, 2", role="downstream"
        )

    def rows(self, query: str, *values: Any, role: str = "admin") -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.database.connect(role) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def recsys(self, *words: str) -> Result:
        """What a command says."""
        runner = CliRunner(env={"RECSYS_HOME": str(self.home.home), "RECSYS_DATABASE_NAME": self.home.database_name})
        return runner.invoke(app, list(words), catch_exceptions=False)

    def answer(self, *words: str) -> Any:
        """What a command says to programs."""
        result = self.recsys(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)
