from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recsys.errors import FeedFileError
from recsys.feed.schedules import is_due
from recsys.feed.sources import parse_sources
from recsys.feed.sources_example import EXAMPLE
from recsys.feed.sources_keys import KIND_KEYS, KIND_TABLE_KEYS, SOURCE_KEYS, TABLE_KEYS, TOP_KEYS

SMALL = """
[sources.shop]
kind = "rest"
location = "https://shop.example/v1"
auth = { type = "bearer", token = "env:SHOP_TOKEN" }
[sources.shop.tables.customers]
origin = "customers"
columns = { full_name = "name" }
"""
PAGE = Path(__file__).resolve().parents[3] / "docs" / "sources.md"


def refused(changed: str, to: str) -> FeedFileError:
    assert changed in SMALL
    with pytest.raises(FeedFileError) as caught:
        parse_sources(SMALL.replace(changed, to).encode())
    assert caught.value.remedy
    return caught.value


def test_example_parses_and_has_every_kind_of_source() -> None:
    sources = parse_sources(EXAMPLE.encode())
    assert {source.kind for source in sources.sources} == {"files", "sql", "rest"}
    assert [source.name for source, _ in sources.delivering("customers")] == ["registrations", "crm"]


def test_page_about_sources_shows_the_example_and_every_key() -> None:
    page = PAGE.read_text()
    assert f"```toml\n{EXAMPLE}```" in page
    for keys in (TOP_KEYS, SOURCE_KEYS, TABLE_KEYS, *KIND_KEYS.values(), *KIND_TABLE_KEYS.values()):
        for key, description in keys.items():
            assert f"| `{key}` | {description} |" in page


def test_columns_of_the_same_name_need_not_be_listed() -> None:
    table = parse_sources(SMALL.encode()).sources[0].tables[0]
    assert table.columns == {"full_name": "name"}
    assert "customer_id" in table.same_names
    assert "full_name" not in table.same_names


@pytest.mark.parametrize(
    ("changed", "to", "said"),
    [
        ('kind = "rest"', 'kind = "soap"', r"\[sources.shop\]: kind is 'soap'"),
        ('kind = "rest"', 'kind = "rest"\nkindness = 1', r"\[sources.shop\]: unknown key 'kindness'"),
        ("[sources.shop]", "[sources.quarantine]", r"\[sources.quarantine\]: the name is taken"),
        ("tables.customers", "tables.clients", "the feed contract has no table 'clients'"),
        ("full_name =", "fullname =", "columns maps 'fullname', and customers has no such column"),
        ('origin = "customers"\n', "", "origin is missing"),
        ('origin = "customers"', 'origin = "customers"\nlag = "2 moons"', "lag is '2 moons'"),
        ('origin = "customers"', 'origin = "customers"\nlag = "2 days"', "lag without a cursor"),
        ('kind = "rest"', 'kind = "rest"\nschedule = "99 * * * *"', r"schedule is '99 \* \* \* \*'"),
        ("[sources.shop]", '[winners]\ncustomers = ["till"]\n[sources.shop]', "'till' delivers no customers"),
        ("[sources.shop]", '[winners]\n"customers.age" = ["shop"]\n[sources.shop]', "customers has no column 'age'"),
    ],
)
def test_what_cannot_be_is_named(changed: str, to: str, said: str) -> None:
    refused(changed, to)
    with pytest.raises(FeedFileError, match=said):
        parse_sources(SMALL.replace(changed, to).encode())


@pytest.mark.parametrize(
    ("cursor", "column"),
    [
        ("name", "full_name"),
        ("full_name", "full_name"),
        ("birth_date", "birth_date"),
        ("customer_id", "customer_id"),
        ("shoe_size", "shoe_size"),
    ],
)
def test_cursor_that_is_personal_is_refused_because_it_passes_the_privacy_boundary(cursor: str, column: str) -> None:
    declared = (
        "[feed.columns.customers.shoe_size]\n"
        'type = "integer"\nclass = "drop"\npurpose = "audit"\ndescription = "Of the bowling club."\n'
    )
    text = f'{declared}{SMALL}cursor = "{cursor}"\n'
    with pytest.raises(FeedFileError, match=rf"customers\]: cursor {cursor} is customers\.{column} \(") as caught:
        parse_sources(text.encode())
    assert caught.value.remedy.startswith("Choose a cursor that says nothing of a person")


@pytest.mark.parametrize("cursor", ["changed_at", "registered_at"])
def test_cursor_that_is_kept_or_becomes_no_column_is_taken(cursor: str) -> None:
    assert parse_sources(f'{SMALL}cursor = "{cursor}"\n'.encode()).sources[0].tables[0].cursor == cursor


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ("https://shop.example/v1", "https://me:hunter2@shop.example/v1"),
        ("https://shop.example/v1", "https://shop.example/v1?api_key=hunter2"),
        ("env:SHOP_TOKEN", "hunter2"),
        (
            '{ type = "bearer", token = "env:SHOP_TOKEN" }',
            '{ type = "http_basic", username = "a", password = "hunter2" }',
        ),
        ("auth =", 'headers = { Authorization = "Bearer hunter2" }\nauth ='),
        ('origin = "customers"', 'origin = "customers"\nparams = { access_token = "hunter2" }'),
    ],
)
def test_secret_in_clear_text_is_refused_and_not_repeated(changed: str, to: str) -> None:
    error = refused(changed, to)
    assert "holds a secret in clear text" in str(error)
    assert "env:NAME" in error.remedy
    assert "hunter2" not in str(error)


def test_broken_file_is_refused_without_quoting_it() -> None:
    error = refused('token = "env:SHOP_TOKEN"', "token = hunter2")
    assert "is not TOML in UTF-8: look at line 5" in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("schedule", "last", "now", "due"),
    [
        ("hourly", "10:55", "11:00", True),
        ("hourly", "11:00", "11:59", False),
        ("daily", "00:00", "23:59", False),
        ("30 5 * * *", "05:29", "05:30", True),
        ("30 5 * * *", "05:30", "23:00", False),
        ("*/15 * * * *", "10:00", "10:14", False),
        ("*/15 * * * *", "10:00", "10:15", True),
    ],
)
def test_source_is_due_once_its_time_has_come(schedule: str, last: str, now: str, due: bool) -> None:
    day = "2026-01-07T{}:00+00:00"
    assert is_due(schedule, datetime.fromisoformat(day.format(last)), datetime.fromisoformat(day.format(now))) is due


def test_weekly_source_is_due_on_monday_and_one_never_loaded_at_once() -> None:
    sunday, monday = datetime(2026, 1, 4, 23, tzinfo=UTC), datetime(2026, 1, 5, 1, tzinfo=UTC)
    assert is_due("weekly", sunday, monday)
    assert not is_due("weekly", monday, datetime(2026, 1, 11, 23, tzinfo=UTC))
    assert is_due("weekly", None, monday)


def test_either_day_of_cron_will_do_where_both_are_named() -> None:
    # The 1st, and every Friday.
    thursday = datetime(2026, 1, 8, 12, tzinfo=UTC)
    assert is_due("0 6 1 * 5", thursday, datetime(2026, 1, 9, 6, tzinfo=UTC))
    assert not is_due("0 6 1 * 5", datetime(2026, 1, 9, 6, tzinfo=UTC), datetime(2026, 1, 15, 6, tzinfo=UTC))
