from __future__ import annotations

from pathlib import Path

import yaml

from recsys.io.postgres import Database
from recsys.privacy.places import DERIVED, PLACE_BY_NAME, PLACES, FoundBy, OnErasure

PROJECT = Path(__file__).parents[2] / "dbt_project"


def test_every_table_of_the_database_is_a_declared_place(database: Database) -> None:
    with database.connect("admin") as connection:
        tables = connection.execute(
            """
            select schemas.nspname || '.' || tables.relname, array_agg(columns.attname::text)
            from pg_class as tables
            inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
            inner join pg_attribute as columns on columns.attrelid = tables.oid and columns.attnum > 0
            where tables.relkind in ('r', 'p') and not tables.relispartition
                and schemas.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            group by 1
            """
        ).fetchall()
    columns = dict(tables)
    built_by_dbt = {place.name for place in DERIVED}
    assert columns.keys() - PLACE_BY_NAME.keys() == set()
    assert PLACE_BY_NAME.keys() - columns.keys() == built_by_dbt
    for name in columns:
        place = PLACE_BY_NAME[name]
        wanted = {*place.columns, *filter(None, [place.dated_by])}
        assert wanted <= set(columns[name]), name


def test_every_table_that_dbt_builds_is_a_declared_place() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["models"]["recsys"]
    built = {
        f"{layer}.{path.stem}"
        for layer in ("staging", "intermediate", "marts")
        for path in (PROJECT / "models" / layer).glob("*.sql")
        if _materialised(path, project[layer].get("+materialized", "table"))
    }
    seeds = {f"staging.{path.stem}" for path in (PROJECT / "seeds").glob("*.csv")}
    assert built | seeds == {place.name for place in DERIVED}


def _materialised(path: Path, default: str) -> bool:
    text = path.read_text()
    if "materialized='view'" in text:
        return False
    return default != "view" or "materialized='table'" in text


def test_places_say_how_persons_are_found_and_what_binds_the_bank() -> None:
    for place in PLACES:
        assert bool(place.columns) == place.is_personal, place.name
        if place.on_erasure is OnErasure.RESTRICT:
            assert place.restrict_days, place.name
            assert place.duty, place.name
        if place.is_personal and place.on_erasure is OnErasure.KEEP:
            assert place.duty, place.name
        if place.found_by is FoundBy.NOBODY:
            assert place.on_erasure is OnErasure.KEEP, place.name
