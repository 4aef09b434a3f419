"""What was known of customers before each of their openings, from the feature dates that the marts hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.features.hiding import transaction_columns
from recsys.io.feature_dates import has_whole_windows_at, read_feature_dates
from recsys.io.marts import has_dated_openings, read_features_of
from recsys.io.postgres import Connection
from recsys.models.examples import Openings
from recsys.models.moments import NO_MOMENTS, Moments, dates_of_moments

READ_AT_A_TIME = 50_000


def read_moments(
    connection: Connection, encoder: CustomerEncoder, customers: CustomerBlock, openings: Openings, day: date
) -> Moments:
    """The moments of `openings`, of which none is later than `day`; `customers` are as known on that day.

    Who was not known yet at the moment of an opening, as at a first account, is shown as at the next feature date at
    which he was. Before the bank's first bookings nobody's spending is known, and the customers that a model ranks for
    are none of whom that is so: it is shown as at the first feature date that has whole windows of bookings.
    """
    dates = read_feature_dates(connection, day) if has_dated_openings(connection) else []
    if not dates or not len(openings):
        return NO_MOMENTS
    feature_dates = np.array(dates, "datetime64[D]")
    pairs = np.unique(openings.customer * len(dates) + dates_of_moments(feature_dates, openings.opened))
    persons, moments = np.divmod(pairs, len(dates))
    codes, lean = customers.codes[persons], customers.lean[persons]
    first = _first_dates(connection, encoder, dates)
    for start in np.unique(first):
        columns = np.flatnonzero(first == start)
        is_waiting = np.ones(len(pairs), np.bool_)
        for place in range(start, len(dates)):
            for rows in _blocks(np.flatnonzero(is_waiting & (moments <= place))):
                keys = customers.person_keys[persons[rows]]
                found, known = _known_at(connection, encoder, keys, dates[place])
                codes[np.ix_(rows[found], columns)] = known.codes[:, columns]
                lean[np.ix_(rows[found], columns)] = known.lean[:, columns]
                is_waiting[rows[found]] = False
    return Moments(feature_dates, pairs, codes, lean)


def _first_dates(connection: Connection, encoder: CustomerEncoder, dates: list[date]) -> NDArray[np.int64]:
    """The place in `dates` of the first at which the bank can know each attribute (n_attributes,)."""
    first = np.zeros(len(encoder.vocabularies), np.int64)
    if columns := transaction_columns(encoder):
        are_whole = (place for place, day in enumerate(dates) if has_whole_windows_at(connection, day))
        first[list(columns)] = next(are_whole, len(dates))
    return first


def _blocks(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(rows), READ_AT_A_TIME):
        yield rows[start : start + READ_AT_A_TIME]


def _known_at(
    connection: Connection, encoder: CustomerEncoder, person_keys: NDArray[np.bytes_], day: date
) -> tuple[NDArray[np.int64], CustomerBlock]:
    """The rows of `person_keys` (n,), which may repeat, that the marts know on `day`, and what they know of each."""
    asked = [key.decode() for key in np.unique(person_keys).tolist()]
    read = read_features_of(connection, asked, day, encoder.spending_categories, encoder.declared)
    block = encoder.transform(read)
    if not len(block):
        return np.empty(0, np.int64), block
    places = np.minimum(np.searchsorted(block.person_keys, person_keys), len(block) - 1)
    found = np.flatnonzero(block.person_keys[places] == person_keys)
    return found, block.take(places[found])
