from __future__ import annotations

from recsys.feed.contract import TABLES
from recsys.io.replay_views import PASTS


def test_every_table_of_raw_has_a_past_so_that_none_can_tell_of_the_future() -> None:
    assert {past.table for past in PASTS if past.schema == "raw"} == {table.name for table in TABLES} | {
        "customer_links"
    }
