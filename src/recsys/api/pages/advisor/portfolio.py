"""An advisor's customers: searched, filtered, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.advisor.portfolio_owner import advisor_id_of
from recsys.api.pages.advisor.words import kind_words, years
from recsys.api.pages.languages import Words, words_of
from recsys.api.pages.rendering import is_partial, page
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.io.portfolios import ListedCustomer, Wanted, read_portfolio, read_segments
from recsys.io.secrets import read_secrets
from recsys.io.serving import read_catalogue_served

router = APIRouter(include_in_schema=False)

_N_ON_A_PAGE = 25
# Lower ends of the bands of serving.customer_profiles.
AGES = (0, 18, 30, 40, 50, 60, 70, 80)
_YES_OR_NO: Mapping[str, bool | None] = {"": None, "yes": True, "no": False}


class Filters(BaseModel):
    """What the form sends; an empty field lets everybody pass."""

    model_config = ConfigDict(extra="ignore")
    beginning: str = Field("", max_length=200)
    segment: str = Field("", max_length=200)
    age: Literal["", "0", "18", "30", "40", "50", "60", "70", "80"] = ""
    holding: str = Field("", max_length=200)
    recommended: str = Field("", max_length=200)
    category: str = Field("", max_length=200)
    list: Literal["", "yes", "no"] = ""
    answered: Literal["", "yes", "no"] = ""
    days: int = Field(30, ge=1, le=3650)
    after: str = Field("", max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, fields: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if value != ""}

    def wanted(self) -> Wanted:
        """As the database is asked."""
        return Wanted(
            beginning=self.beginning.strip(),
            segment=self.segment or None,
            age_from=int(self.age) if self.age else None,
            holding=self.holding or None,
            recommended=self.recommended or None,
            category=self.category or None,
            has_list=_YES_OR_NO[self.list],
            answered=_YES_OR_NO[self.answered],
            within_days=self.days,
        )

    def address(self, after: str) -> str:
        """Of the page of the same filters that begins behind the id `after`."""
        said = {**self.model_dump(exclude_defaults=True), "after": after}
        return f"/advisor/customers?{urlencode(said)}"


@router.get("/advisor/customers")
def portfolio(
    request: Request,
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
    filters: Annotated[Filters, Query()],
) -> Response:
    """Who is in the portfolio and passes the filters; htmx gets the table alone."""
    found = read_portfolio(
        connection,
        read_secrets(settings.home),
        advisor_id_of(visitor),
        filters.wanted(),
        after=filters.after,
        n_customers=_N_ON_A_PAGE,
        asked_by=visitor.subject,
    )
    words, catalogue = words_of(request), read_catalogue_served(connection)
    table: dict[str, Any] = {
        "customers": [(one, _age(words, one)) for one in found],
        "kinds": kind_words(words),
        "filters": filters,
        "next_address": filters.address(found[-1].customer_id) if len(found) == _N_ON_A_PAGE else None,
        "names": {product_id: product.product_name for product_id, product in catalogue.items()},
    }
    if is_partial(request):
        return page(request, "advisor/_customers.html.j2", **table)
    return page(
        request,
        "advisor/portfolio.html.j2",
        segments=[(segment, segment) for segment in read_segments(connection)],
        ages=[(age, years(words, age, below)) for age, below in zip(AGES, (*AGES[1:], None), strict=True)],
        categories=[(category, category) for category in sorted({one.category for one in catalogue.values()})],
        **table,
    )


def _age(words: Words, one: ListedCustomer) -> str:
    return "" if one.age_from is None else years(words, one.age_from, one.age_below)
