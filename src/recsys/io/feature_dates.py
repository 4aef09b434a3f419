"""The dates for which the marts have features, and what is known there of what customers spent."""

from __future__ import annotations

from datetime import date

from recsys.io.postgres import Connection


def read_feature_dates(connection: Connection, before: date) -> list[date]:
    """The feature dates before the day `before`, ascending."""
    # From one date to the next by the index: there is a row per person and date, and a `distinct` would read them all.
    rows = connection.execute(
        """
        with recursive dates as (
            select min(feature_date) as feature_date from marts.feat_customers
            union all
            select (
                select min(later.feature_date) from marts.feat_customers as later
                where later.feature_date > dates.feature_date
            )
            from dates
            where dates.feature_date is not null
        )

        select feature_date from dates where feature_date < %s order by feature_date
        """,
        [before],
    ).fetchall()
    return [row[0] for row in rows]


def has_features_at(connection: Connection, feature_date: date) -> bool:
    """Whether the marts were built for this feature date."""
    row = connection.execute(
        "select exists (select 1 from marts.feat_customers where feature_date = %s)", [feature_date]
    ).fetchone()
    return bool(row and row[0])


def has_spending_at(connection: Connection, feature_date: date) -> bool:
    """Whether anything is known of what customers spent in the year before."""
    row = connection.execute(
        "select exists (select 1 from marts.feat_customers where feature_date = %s and spend_365d is not null)",
        [feature_date],
    ).fetchone()
    return bool(row and row[0])


def has_whole_windows_at(connection: Connection, feature_date: date) -> bool:
    """Whether bookings go back further than the windows of 90 days: somebody spent more in the year than in these."""
    row = connection.execute(
        "select exists (select 1 from marts.feat_customers where feature_date = %s and spend_365d > spend_90d)",
        [feature_date],
    ).fetchone()
    return bool(row and row[0])
