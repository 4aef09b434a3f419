from __future__ import annotations

from pathlib import Path

from bench.wide_feed import AS_OF, Plan, write_wide_feed

from recsys.features.declared import declared_features, unread_columns
from recsys.io.feed_checks import check_feed
from recsys.io.feed_files import open_feed


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_wide_feed_follows_the_contract_and_declares_features(tmp_path: Path) -> None:
    rows = write_wide_feed(Plan(6_000, 90, 7), tmp_path)
    feed = open_feed(str(tmp_path))
    report = check_feed(feed, AS_OF, 0.05)
    assert report.errors == []
    assert {table.file.table.name: (table.n_kept, table.n_rejected) for table in report.tables} == {
        "products": (90, 0), "customers": (6_000, 0), "holdings": (rows["holdings"], 0),
    }  # fmt: skip
    assert [one.name for one in declared_features(feed.manifest)] == [
        "customers.lifestyle", "customers.weekly_visits", "customers.digital_skill", "customers.is_club_member",
        "products.brand",
    ]  # fmt: skip
    assert unread_columns(feed.manifest) == {}


def test_one_seed_makes_one_feed(tmp_path: Path) -> None:
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        write_wide_feed(Plan(200, 30, seed), tmp_path / name)
    assert content(tmp_path / "first") == content(tmp_path / "again")
    assert content(tmp_path / "first") != content(tmp_path / "other")
