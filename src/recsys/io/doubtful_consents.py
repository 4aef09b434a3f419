"""`ops.consents_in_doubt`: customers of whom a rejected row may be a refusal of profiling."""

from __future__ import annotations

from recsys.feed.contract import CONSENTS
from recsys.feed.doubts import may_refuse_profiling
from recsys.io.postgres import Connection
from recsys.io.quarantine import unsealed_row
from recsys.io.secrets import Secrets
from recsys.privacy.keys import customer_keys

# A repeated row says nothing that the first one does not say.
_WAITING = """
    select payload from quarantine.current_rows
    where table_name = %s and state in ('open', 'fixed', 'retry') and rule <> 'duplicate_key'
"""


def write_doubts(connection: Connection, secrets: Secrets) -> int:
    """Replace who is in doubt by the customers of `raw` of whom such rows wait now, and return their number.

    Only rejected rows are opened, of which there are few: more stop the run.
    """
    key = secrets.key("quarantine_key")
    customer_ids = set()
    with connection.cursor() as cursor:
        for (payload,) in cursor.execute(_WAITING, [CONSENTS.name]):
            row = unsealed_row(payload, key)
            if row.get("customer_id") is not None and may_refuse_profiling(row):
                customer_ids.add(str(row["customer_id"]).strip())
    keys = customer_keys(sorted(customer_ids), secrets.key("pseudonym_key")).to_pylist()
    connection.execute("delete from ops.consents_in_doubt")
    return connection.execute(
        """
        insert into ops.consents_in_doubt (customer_key)
        select customer_key from raw.customer_links where customer_key = any(%s::uuid[])
        """,
        [keys],
    ).rowcount
