"""The four systems of a small bank over three days, how they are described, and what is true in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sources.crm import TOKEN, Crm, crm
from tests.sources.registrations import Registrations, registrations
from tests.sources.survey_tool import SurveyTool
from tests.sources.transaction_files import TransactionFiles

from recsys.settings import Settings

DAYS = (1, 2, 3)


@dataclass(frozen=True)
class World:
    """The systems. `environment` holds the credentials that `sources_toml` names."""

    registrations: Registrations
    transactions: TransactionFiles
    crm: Crm
    surveys: SurveyTool

    def apply(self, day: int) -> None:
        """A day passes in all systems; the days must come in order."""
        for system in (self.registrations, self.transactions, self.crm, self.surveys):
            system.apply(day)

    @property
    def environment(self) -> dict[str, str]:
        """What the environment of a run must hold."""
        return {"REGISTRATIONS_URL": self.registrations.url, "CRM_TOKEN": TOKEN}

    @property
    def sources_toml(self) -> str:
        """The description of all four."""
        return (
            _SOURCES.replace("<transactions>", str(self.transactions.folder))
            .replace("<surveys>", str(self.surveys.folder))
            .replace("<crm>", self.crm.url)
        )


@contextmanager
def world(server: Settings, folder: Path, name: str = "registrations") -> Iterator[World]:
    """The four systems, up and empty. `name` is that of the database on `server`."""
    with registrations(server, name) as registered, crm() as contacts:
        yield World(
            registered, TransactionFiles(folder / "transactions"), contacts, SurveyTool(folder / "survey-exports")
        )


_SOURCES = """
[feed]
name = "four-systems"

[winners]
customers = ["registrations", "crm"]
"customers.email" = ["crm", "registrations"]
"customers.phone" = ["crm", "registrations"]

[sources.registrations]
kind = "sql"
location = "env:REGISTRATIONS_URL"

[sources.registrations.tables.customers]
origin = "public.clients"
cursor = "updated_at"
lag = "2 days"
deleted_column = "is_deleted"
columns = { customer_id = "client_no", full_name = "name", birth_date = "born", occupation = "profession", annual_income = "income", registered_at = "registered_on" }
ignored = ["internal_note"]

[sources.registrations.tables.products]
origin = "public.offered_products"

[sources.registrations.tables.holdings]
origin = "public.contracts"
cursor = "updated_at"
lag = "2 days"
deleted_column = "is_deleted"
columns = { customer_id = "client_no" }

[sources.transactions]
kind = "files"
location = "<transactions>"

[sources.transactions.tables.transactions]
origin = "transactions_*.csv*"
columns = { transaction_id = "txn_id", customer_id = "client", booked_at = "booked", amount = "value", merchant = "shop" }
ignored = ["loaded_by"]

[sources.crm]
kind = "rest"
location = "<crm>"
auth = { type = "bearer", token = "env:CRM_TOKEN" }
paginator = { type = "json_link", next_url_path = "next" }
timeout_seconds = 30

[sources.crm.tables.customers]
origin = "contacts"
selector = "data"
cursor = "changed_at"
cursor_param = "updated_since"
lag = "2 days"
deleted_column = "deleted"
columns = { customer_id = "client_id", email = "mail", phone = "mobile" }
ignored = ["address"]

[sources.crm.tables.consents]
origin = "consents"
selector = "data"
cursor = "changed_at"
cursor_param = "updated_since"
lag = "2 days"
columns = { customer_id = "client_id" }

[sources.surveys]
kind = "files"
location = "<surveys>"

[sources.surveys.tables.surveys]
origin = "surveys.jsonl"
deletes_absent = true
columns = { customer_id = "respondent" }
ignored = ["device"]
"""  # noqa: E501 - inline tables of TOML stand on one line

# What is true after the third day, column by column; what is not named is empty.
END_STATE: dict[str, list[dict[str, Any]]] = {
    "customers": [
        {"customer_id": "c1", "email": "ada@crm.example", "street": "Street 1", "occupation": "programmer"},
        {"customer_id": "c2", "email": "grace@crm.example", "street": "Ring 2", "occupation": "admiral"},
        # Its contact was deleted in the CRM, so what the registration knows holds again.
        {"customer_id": "c3", "email": "c3@registered.example", "street": "Street 3", "occupation": "logician"},
        {"customer_id": "c5", "email": "emmy@crm.example", "street": "Street 5", "occupation": "professor"},
        {"customer_id": "c6", "email": "kurt@crm.example", "street": "Street 6", "occupation": "logician"},
    ],
    "products": [{"product_id": "p1"}, {"product_id": "p2"}, {"product_id": "p3"}],
    "holdings": [
        {"customer_id": "c1", "product_id": "p1", "balance": "100.00"},
        {"customer_id": "c2", "product_id": "p1", "balance": "250.00"},
        {"customer_id": "c3", "product_id": "p1", "balance": "300.00"},
        {"customer_id": "c5", "product_id": "p1", "balance": "10.00"},
        {"customer_id": "c6", "product_id": "p3", "balance": "999.99"},
    ],
    "transactions": [
        {"transaction_id": "t0", "customer_id": "c3", "amount": "-1.00"},
        {"transaction_id": "t1", "customer_id": "c1", "amount": "-12.50"},
        {"transaction_id": "t2", "customer_id": "c2", "amount": "-8.00"},
        {"transaction_id": "t3", "customer_id": "c3", "amount": "-9.90"},
        {"transaction_id": "t4", "customer_id": "c1", "amount": "1500.00"},
        {"transaction_id": "t5", "customer_id": "c2", "amount": "-7.00"},
        {"transaction_id": "t6", "customer_id": "c5", "amount": "-20.00"},
        {"transaction_id": "t7", "customer_id": "c6", "amount": "-5.25"},
        {"transaction_id": "t8", "customer_id": "c6", "amount": "-3.00"},
    ],
    "surveys": [
        {"response_id": "r1", "customer_id": "c1", "risk_tolerance": 4},
        {"response_id": "r3", "customer_id": "c5", "risk_tolerance": 5},
    ],
    "consents": [{"customer_id": "c1"}, {"customer_id": "c2"}, {"customer_id": "c5"}],
}
