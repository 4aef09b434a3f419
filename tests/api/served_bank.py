"""A bank of forty customers that was scored and published by the steps themselves; the first twenty are anna's."""

from __future__ import annotations

from typing import Any

from tests.integration.marts_of_a_small_bank import (
    N_PERSONS,
    begin_run,
    build_marts,
    context_of,
    customer_id,
    person_key,
    popular_products,
)

from recsys.io.postgres import Database, open_database
from recsys.privacy.keys import pseudonyms
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

N_OF_ANNA = 20


class ServedBank:
    """What the API is asked about, and ways to change it."""

    def __init__(self, home: Settings) -> None:
        self.home, self.database, self.n_runs = home, open_database(home), 0
        build_marts(self.database)
        self._give_portfolios(self.database)
        self.publish()

    def publish(self) -> None:
        """Score everybody, and let it be read."""
        self.n_runs += 1
        run_id = f"run-{self.n_runs}"
        begin_run(self.home, self.database, run_id)
        build_publication(
            context_of(self.home, self.database, run_id, "score_customers"), popular_products(), str(self.n_runs)
        )
        self.change("update serving.publications set state = 'checked' where state = 'building'")
        publish_recommendations(context_of(self.home, self.database, run_id, "publish_recommendations"))

    def change(self, statement: str, *params: Any) -> None:
        """As nobody but the owner of the database could."""
        with self.database.connect("admin") as connection:
            connection.execute(statement.encode(), params)

    def suppress(self, number: int, reason: str, serves: str = "nothing") -> None:
        """Hide a customer from readers."""
        self.change(
            "insert into ops.suppressions (customer_key, reason, serves) values (%s, %s, %s)",
            person_key(number),
            reason,
            serves,
        )

    def unsuppress(self, number: int) -> None:
        """Take that back."""
        self.change("delete from ops.suppressions where customer_key = %s", person_key(number))

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.database.connect("admin") as connection:
            return connection.execute(query.encode(), params).fetchall()

    def served(self, number: int) -> list[tuple[Any, ...]]:
        """What systems downstream read of a customer."""
        return self.rows(
            "select rank, product_id from serving.recommendations where customer_id = %s order by rank",
            customer_id(number),
        )

    @staticmethod
    def _give_portfolios(database: Database) -> None:
        anna, bert = pseudonyms(["anna", "bert"], database.secrets.key("pseudonym_key"), "advisor_key").to_pylist()
        with database.connect("ingest") as connection:
            for number in range(N_PERSONS):
                connection.execute(
                    "insert into raw.customers (customer_key, advisor_key) values (%s, %s)",
                    [person_key(number), anna if number < N_OF_ANNA else bert],
                )
