"""`ops.declared_features`: which of a bank's own columns in `raw` may be features."""

from __future__ import annotations

from collections.abc import Iterable

from recsys.features.declared import DeclaredFeature, declared_features
from recsys.feed.columns import Kind
from recsys.feed.manifest import Manifest
from recsys.io.postgres import Connection


def write_declared_features(connection: Connection, manifest: Manifest) -> None:
    """Note what a feed declares. A delta speaks of its own columns only, and may take a purpose back."""
    if manifest.mode == "full":
        connection.execute("delete from ops.declared_features")
    for table, columns in manifest.extra_columns.items():
        for column in columns:
            connection.execute(
                "delete from ops.declared_features where table_name = %s and column_name = %s", [table, column.name]
            )
    _insert(connection, declared_features(manifest))


def read_declared_features(connection: Connection) -> tuple[DeclaredFeature, ...]:
    """What `raw` holds that feeds declared as features, in the order in which they were declared."""
    rows = connection.execute(
        """
        select table_name, column_name, kind, label, is_scale from ops.declared_features
        order by position, table_name, column_name
        """
    ).fetchall()
    return tuple(DeclaredFeature(row[0], row[1], Kind(row[2]), row[3], row[4]) for row in rows)


def _insert(connection: Connection, features: Iterable[DeclaredFeature]) -> None:
    for position, feature in enumerate(features):
        connection.execute(
            """
            insert into ops.declared_features (table_name, column_name, kind, label, is_scale, position)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [feature.table, feature.column, feature.kind.value, feature.label, feature.is_scale, position],
        )
