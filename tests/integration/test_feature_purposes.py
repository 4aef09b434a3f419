"""No column for audits or contact gets into a feature, also not through SQL: changing all of them changes none."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from recsys.feed.columns import Kind, Privacy, Purpose
from recsys.feed.contract import TABLES
from recsys.io.postgres import Database
from recsys.settings import Settings
from recsys.steps.runner import run_step

from .raw_bank import RUN_ID, write_bank

FEATURES = ("feat_customers", "feat_customer_spending")
# Keys of rows are no facts about anybody.
KEYS = {"transaction_id", "response_id", "event_id"}
OTHER = {Kind.TEXT: "upper(md5(random()::text))", Kind.MONEY: "(random() * 1000)::numeric(18, 2)"}


def change_what_models_may_not_see(database: Database) -> set[str]:
    changed = set()
    with database.connect("ingest") as connection:
        for table in TABLES:
            for column in table.columns:
                is_kept_from_models = column.purpose in (Purpose.AUDIT, Purpose.CONTACT)
                if (
                    not is_kept_from_models
                    or column.raw_name is None
                    or column.name in KEYS
                    or table.name == "products"
                ):
                    continue
                value = "gen_random_uuid()" if column.privacy is Privacy.PSEUDONYMISE else OTHER[column.kind]
                connection.execute(
                    sql.SQL("update raw.{} set {} = {}").format(
                        sql.Identifier(table.name),
                        sql.Identifier(column.raw_name),
                        sql.SQL(value),  # type: ignore[arg-type]
                    )
                )
                changed.add(f"{table.name}.{column.name}")
    return changed


def read(database: Database, mart: str) -> list[Any]:
    with database.connect("training") as connection:
        return sorted(connection.execute(sql.SQL("select * from marts.{}").format(sql.Identifier(mart))), key=str)


def test_columns_for_audits_and_contact_change_no_feature(home: Settings, database: Database) -> None:
    write_bank(database)
    run_step("build_marts", RUN_ID, home)
    features, persons = {mart: read(database, mart) for mart in FEATURES}, read(database, "dim_customers")
    changed = change_what_models_may_not_see(database)
    assert {"customers.gender", "customers.marital_status", "customers.branch", "customers.language"} <= changed
    assert {"holdings.balance", "transactions.description", "surveys.comment"} <= changed
    run_step("build_marts", RUN_ID, home)
    assert {mart: read(database, mart) for mart in FEATURES} == features
    assert read(database, "dim_customers") != persons
