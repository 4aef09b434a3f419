"""Erasures once more, after a backup was restored that still knows somebody who was erased since."""

from __future__ import annotations

from recsys.io.postgres import Database
from recsys.io.privacy_requests import file_request, read_open_requests
from recsys.io.tombstones import find_customers, read_tombstones, read_tombstones_file, restore_tombstones
from recsys.privacy.requests import RequestKind
from recsys.settings import Settings
from recsys.steps.privacy_requests import carry_out
from recsys.types import Progress, no_progress

CHANNEL = "restored backup"


def reapply_erasures(settings: Settings, database: Database, progress: Progress = no_progress) -> list[int]:
    """Erase again whom the home's file of tombstones knows and the database does not, and return the requests.

    The caller holds the writer's lock. Without such tombstones it costs reading two lists.
    """
    of_file = read_tombstones_file(settings.home)
    if not of_file:
        return []
    secrets, done = database.secrets, []
    with database.connect("officer") as connection:
        known = read_tombstones(connection)
        lacking = {hashed: day for hashed, day in of_file.items() if hashed not in known or known[hashed][0] < day}
        if not lacking:
            return []
        found = find_customers(connection, list(lacking), secrets.key("tombstone_key"))
        # Everybody is kept out at once; those of whom nothing is there get a tombstone and no receipt.
        restore_tombstones(connection, lacking)
        connection.commit()
        while found:
            customer_id, hashed = min(found.items())
            parameters = {"erased_on": lacking[hashed].isoformat()}
            number = file_request(
                connection, secrets, RequestKind.ERASE, customer_id, channel=CHANNEL, parameters=parameters
            )
            connection.commit()
            (request,) = read_open_requests(connection, secrets, number)
            carry_out(settings, database, connection, request, progress)
            done.append(number)
            # One erasure takes all customers of a person.
            found = find_customers(connection, list(lacking), secrets.key("tombstone_key"))
    return done
