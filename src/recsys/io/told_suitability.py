"""What a customer told about goals, time, risk, knowledge and losses, as the rules of a publication knew it."""

from __future__ import annotations

from psycopg.rows import class_row

from recsys.io.postgres import Connection
from recsys.ranking.suitability_points import Told


def read_told(connection: Connection, customer_id: str) -> Told | None:
    """The answers that the publication that is read rests on; None where nothing may be shown."""
    with connection.cursor(row_factory=class_row(Told)) as cursor:
        return cursor.execute("select * from serving.read_suitability(%s)", [customer_id]).fetchone()
