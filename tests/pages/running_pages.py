"""The pages as a server process has them, and who may sign in at them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import Response
from pyarrow import csv
from tests.api.running_api import RunningApi

from recsys.api.app import pages_cookies
from recsys.api.pages.session import Session, new_session
from recsys.api.principal import Principal, Scope
from recsys.io.accounts import Account, replace_accounts
from recsys.io.postgres import Database


@dataclass(frozen=True)
class People:
    """Of the demo bank: two advisors and a customer of each, who has a list."""

    advisor: Account
    customer: Account
    other_advisor: Account
    other_customer: Account
    admin: Account

    def accounts(self) -> tuple[Account, ...]:
        return (self.advisor, self.customer, self.other_advisor, self.other_customer, self.admin)


@dataclass(frozen=True)
class RunningPages(RunningApi):
    """`pages.signed_in_as(pages.people.customer).get("/me")`, or a password to sign in with as people do."""

    people: People

    def passwords(self) -> dict[str, str]:
        """New ones for everybody."""
        return replace_accounts(self.settings.home, self.people.accounts())

    def session(self, account: Account, *, signed_in_at: int | None = None) -> Session:
        ids = account.customer_id, account.advisor_id
        session = new_session(Principal(account.name, frozenset({Scope(account.scope)}), *ids))
        at = signed_in_at or int(time.time())
        return Session(session.principal, at, at, session.csrf)

    def cookie(self, session: Session) -> tuple[str, str]:
        """As a browser has it after signing in."""
        answer = Response()
        pages_cookies(self.settings).keep(answer, session)
        name, _, rest = answer.headers["set-cookie"].partition("=")
        return name, rest.partition(";")[0]

    def signed_in_as(self, account: Account) -> SignedIn:
        session = self.session(account)
        name, value = self.cookie(session)
        headers = {"Accept": "text/html", "Accept-Language": "en", "Origin": self.url}
        client = httpx.Client(base_url=self.url, timeout=20, headers=headers, cookies={name: value})
        return SignedIn(client, session.csrf)


@dataclass(frozen=True)
class SignedIn:
    """Somebody's browser without a screen."""

    client: httpx.Client
    csrf: str

    def get(self, path: str, **how: str) -> httpx.Response:
        return self.client.get(path, headers=how)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """A form of a page."""
        return self.client.post(path, data={"csrf": self.csrf, **fields})


def people_of(database: Database, feed: Path) -> People:
    """The two advisors with the most customers, and of each the first customer to whom most products are offered."""
    with database.connect("downstream") as connection:
        listed = Counter(
            row[0] for row in connection.execute("select customer_id from serving.recommendations").fetchall()
        )
    table = csv.read_csv(feed / "customers.csv").select(["customer_id", "advisor_id"]).to_pylist()
    portfolios: dict[str, list[str]] = {}
    for row in table:
        if row["advisor_id"] and row["customer_id"] in listed:
            portfolios.setdefault(row["advisor_id"], []).append(row["customer_id"])
    first, second = sorted(portfolios, key=lambda advisor_id: (-len(portfolios[advisor_id]), advisor_id))[:2]
    customers = [
        min(portfolios[advisor_id], key=lambda customer_id: (-listed[customer_id], customer_id))
        for advisor_id in (first, second)
    ]
    return People(
        Account(first, "advisor", advisor_id=first),
        Account(customers[0], "customer", customer_id=customers[0]),
        Account(second, "advisor", advisor_id=second),
        Account(customers[1], "customer", customer_id=customers[1]),
        Account("operations", "admin"),
    )
