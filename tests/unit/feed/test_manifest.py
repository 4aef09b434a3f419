from __future__ import annotations

from datetime import date

import pytest

from recsys.errors import FeedFileError
from recsys.feed.columns import Kind, Privacy, Purpose
from recsys.feed.manifest import Manifest, parse_manifest


def test_empty_manifest_holds_the_defaults() -> None:
    assert parse_manifest(b"") == Manifest()


def test_everything_that_is_said_is_taken() -> None:
    manifest = parse_manifest(
        b"""
        name = "SCF"
        currency = "USD"
        as_of = 2019-12-31
        mode = "delta"
        history = "snapshot"
        legal_basis = "research"
        [columns.customers.goal]
        type = "text list"
        class = "redact"
        purpose = "feature"
        required = true
        choices = ["home", "car"]
        max_length = 9
        """
    )
    assert (manifest.name, manifest.currency, manifest.as_of) == ("SCF", "USD", date(2019, 12, 31))
    assert (manifest.mode, manifest.history, manifest.legal_basis) == ("delta", "snapshot", "research")
    (goal,) = manifest.extras("customers")
    assert (goal.kind, goal.privacy, goal.purpose) == (Kind.TEXT_LIST, Privacy.REDACT, Purpose.FEATURE)
    assert (goal.required, goal.choices, goal.max_length, goal.raw_name) == (True, ("home", "car"), 9, "goal")
    assert manifest.extras("products") == ()


@pytest.mark.parametrize("privacy", ["encrypt", "drop"])
def test_extra_column_that_does_not_pass_has_no_name_in_raw(privacy: str) -> None:
    content = f'[columns.customers.x]\ntype = "text"\nclass = "{privacy}"\npurpose = "contact"\n'
    assert parse_manifest(content.encode()).extras("customers")[0].raw_name is None


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"\xff", "not TOML"),
        (b'currency = "euro"', "currency is 'euro'"),
        (b"name = 3", "name is 3, not a text"),
        (b"as_of = 2026-01-01T10:00:00", "as_of is"),
        (b"columns = 1", "columns is not a table"),
        (b"[columns]\nproducts = 1", "columns.products is not a table"),
        (b'[columns.products]\nx = {type = "int"}', "class is missing"),
        (b'[columns.products]\nx = {type = "int", class = "keep", purpose = "rule"}', "type is 'int'"),
        (b'[columns.products]\nx = {type = "text", class = "generalise", purpose = "rule"}', "class is 'generalise'"),
        (b'[columns.products]\nx = {type = "text", class = "encrypt", purpose = "rule"}', "only for customers"),
        (b'[columns.products]\nx = {type = "text", class = "keep", purpose = "rule", size = 1}', "unknown key 'size'"),
        (b'[columns.products]\nx = {type = "text", class = "keep", purpose = "rule", minimum = "1"}', "not a number"),
        (b'[columns.products]\nx = {type = "text", class = "keep", purpose = "rule", choices = "a"}', "list of texts"),
        (b'[columns.products]\nx = {type = "text", class = "keep", purpose = "rule", required = 1}', "required is 1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(content: bytes, fact: str) -> None:
    with pytest.raises(FeedFileError) as caught:
        parse_manifest(content)
    assert fact in caught.value.message
    assert caught.value.remedy


def test_label_of_an_extra_column_is_what_people_call_it() -> None:
    content = '[columns.customers]\nx = {type = "text", class = "keep", purpose = "feature", label = "saving habit"}'
    assert parse_manifest(content.encode()).extras("customers")[0].label == "saving habit"
