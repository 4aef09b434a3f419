"""Every page that there is: what it is called, where it is and who looks at it. A page that is missing fails a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.pages.running_pages import People

from recsys.io.accounts import Account

Who = Literal["nobody", "customer", "advisor", "admin"]


@dataclass(frozen=True)
class EveryPage:
    """`path` may hold `{customer_id}`, who is the customer of the demo bank's advisor, and `{product_id}`."""

    name: str
    path: str
    who: Who
    product_id: str = "balanced_fund"

    def address(self, people: People) -> str:
        return self.path.format(customer_id=people.customer.name, product_id=self.product_id)

    def account(self, people: People) -> Account | None:
        return {"nobody": None, "customer": people.customer, "advisor": people.advisor, "admin": people.admin}[self.who]


EVERY_PAGE = (
    EveryPage("welcome", "/", "nobody"),
    EveryPage("sign-in", "/sign-in", "nobody"),
    EveryPage("nothing-here", "/nothing-here", "nobody"),
    EveryPage("operations", "/operations", "admin"),
    EveryPage("operations-answers", "/operations/answers", "admin"),
    EveryPage("operations-models", "/operations/models", "admin"),
    EveryPage("operations-runs", "/operations/runs", "admin"),
    EveryPage("operations-quality", "/operations/quality", "admin"),
    EveryPage("my-recommendations", "/me", "customer"),
    EveryPage("my-why", "/me/why/{product_id}", "customer", product_id="bond_fund"),
    EveryPage("my-questions", "/me/questions", "customer"),
    EveryPage("my-privacy", "/me/privacy", "customer"),
    EveryPage("advisor", "/advisor", "advisor"),
    EveryPage("portfolio", "/advisor/customers", "advisor"),
    EveryPage("customer-of-an-advisor", "/advisor/customers/{customer_id}", "advisor"),
)
# Pages that lead on or give a file, not a page to look at.
LEADING_ON = {"/signed-in", "/operations/figures/{name}.svg", "/me/privacy/my-data.json"}
