"""What the bank offers, by the rules of the publication that is read."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from recsys.api.caching import NOT_MODIFIED, cached
from recsys.api.dependencies import Caller, Db
from recsys.io.serving import read_current, read_products_served
from recsys.ranking.limit_words import limits_of
from recsys.ranking.rules.registry import RULES

router = APIRouter(prefix="/v1", tags=["products"])


class ServedProduct(BaseModel):
    """One product with what it asks for."""

    product_id: str
    product_name: str
    category: str
    limits: list[str] = Field(description="What the product asks for, in sentences; nothing in them is about anybody.")
    withdrawn_date: date | None = Field(description="The first day without sale, as the bank says now.")
    is_on_sale: bool


class Products(BaseModel):
    """The catalogue of the publication that is read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "publication_id": 7,
                    "products": [
                        {
                            "product_id": "bond_fund",
                            "product_name": "Bond Fund",
                            "category": "fund",
                            "limits": ["Its risk class is 2 of 7.", "It asks for a horizon of at least 3 years."],
                            "withdrawn_date": None,
                            "is_on_sale": True,
                        }
                    ],
                }
            ]
        }
    )

    publication_id: int | None = Field(description="Null, and no product: nothing was published yet.")
    products: list[ServedProduct]


@router.get("/products", response_model=Products, responses=NOT_MODIFIED)
def products(request: Request, caller: Caller, connection: Db) -> Response:
    """The products of the publication that is read, with the limits that its rules applied.

    Everybody with a token may read it. A product that was withdrawn since stands here with its day, and on no list.
    """
    current = read_current(connection)
    served = [
        ServedProduct(
            product_id=product.product_id,
            product_name=product.product_name,
            category=product.category,
            limits=list(dict.fromkeys(words for rule in RULES for words in limits_of(product, rule.name))),
            withdrawn_date=withdrawn_date,
            is_on_sale=is_on_sale,
        )
        for product, withdrawn_date, is_on_sale in read_products_served(connection)
    ]
    return cached(
        request, Products(publication_id=None if current is None else current["publication_id"], products=served)
    )
