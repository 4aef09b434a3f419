"""The products of a publication, as its rules saw them: kept with it, and read back by whoever explains it."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from recsys.io.postgres import Connection
from recsys.ranking.catalogue import Catalogue, Product

_PRODUCT = TypeAdapter(Product)


def write_publication_products(connection: Connection, publication_id: int, catalogue: Catalogue) -> None:
    """Keep the catalogue with its limits; a limit that a product does not set is left out."""
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy serving.publication_products (publication_id, position, product_id, limits) from stdin"
        ) as copy,
    ):
        for position, product in enumerate(catalogue.products):
            limits = _PRODUCT.dump_json(product, exclude={"product_id"}, exclude_defaults=True).decode()
            copy.write_row([publication_id, position, product.product_id, limits])


def read_publication_catalogue(connection: Connection, publication_id: int) -> Catalogue:
    """The catalogue of a publication, in the order of its matrices; empty for one of before catalogues were kept."""
    rows = connection.execute(
        "select product_id, limits from serving.publication_products where publication_id = %s order by position",
        [publication_id],
    ).fetchall()
    return Catalogue(tuple(as_product(product_id, limits) for product_id, limits in rows))


def as_product(product_id: str, limits: dict[str, Any]) -> Product:
    """A product as it was kept."""
    return _PRODUCT.validate_python({"product_id": product_id, **limits})
