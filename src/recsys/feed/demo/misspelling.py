"""How people write names, addresses, dates and numbers differently the next time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, Ints, choose, join
from recsys.feed.demo.contacts import folded

_NICKNAMES = {
    "Alexander": "Alex", "Alexandra": "Alex", "Andreas": "Andi", "Anthony": "Tony", "Antoine": "Toni",
    "Benjamin": "Ben", "Bernard": "Bernie", "Christine": "Chris", "Daniel": "Dan", "Edward": "Ted",
    "Elisabeth": "Lisa", "Elizabeth": "Liz", "Frédéric": "Fred", "Friedrich": "Fritz", "Gabriel": "Gabi",
    "Guillaume": "Will", "Heinrich": "Heinz", "Johannes": "Hans", "Josef": "Sepp", "Joseph": "Joe",
    "Katharina": "Kathi", "Margaret": "Peggy", "Margarete": "Grete", "Matthew": "Matt", "Michael": "Mike",
    "Michelle": "Shelly", "Nicholas": "Nick", "Patrick": "Paddy", "Robert": "Bob", "Samuel": "Sam",
    "Sebastian": "Basti", "Stéphanie": "Steph", "Susanne": "Susi", "Thomas": "Tom", "Ulrich": "Uli",
    "Valérie": "Val", "William": "Bill", "Wilhelm": "Willi",
}  # fmt: skip
_ABBREVIATIONS = (
    ("straße", "str."), ("weg", " Weg"), ("platz", "pl."), ("rue ", "R. "), ("avenue ", "av. "), ("place ", "pl. "),
    (" Road", " Rd"), (" Street", " St"), (" Park", " Pk"),
)  # fmt: skip
_ACCENTS = ("äöüéèêëçïîôáíóú", "aoueeeeciioaiou")


def misspelled(rng: np.random.Generator, names: pa.Array) -> pa.Array:
    """Names `(n,)` with two letters swapped, one missing, or an accent written otherwise; never as they were."""
    style, place = rng.integers(0, 4, len(names)), rng.integers(1, 4, len(names))
    has_accent = ~np.asarray(pc.string_is_ascii(names).to_numpy(zero_copy_only=False))
    missing, swapped = names, names
    for k in (1, 2, 3):
        missing = choose(place == k, _without(names, k), missing)
        swapped = choose(place == k, _swapped(names, k), swapped)
    found = choose(style < 2, swapped, missing)
    found = choose(has_accent & (style == 0), folded(names), found)
    found = choose(has_accent & (style == 1), without_accents(names), found)
    is_same = pc.equal(found, names).to_numpy(zero_copy_only=False)
    return choose(is_same, _without(names, 2), found)


def without_accents(names: pa.Array) -> pa.Array:
    """`ä` as `a`, `é` as `e`."""
    for accented, plain in zip(*_ACCENTS, strict=True):
        names = pc.replace_substring(names, accented, plain)
    return names


def shortened(given: pa.Array) -> pa.Array:
    """Given names `(n,)` as a nickname, without the second of two names, or as an initial."""
    place = pc.index_in(given, value_set=pa.array(list(_NICKNAMES)))
    nicknames = pa.array(list(_NICKNAMES.values())).take(place)
    first = pc.replace_substring_regex(given, r"-.*$", "")
    is_double = pc.match_substring(given, "-").to_numpy(zero_copy_only=False)
    initials = join(pc.utf8_slice_codeunits(given, 0, 1), ".")
    return pc.coalesce(nicknames, choose(is_double, first, initials))


def other_double_names(family: pa.Array, second: pa.Array) -> pa.Array:
    """Double family names `(n,)` without their second part; single ones with `second` as such."""
    is_double = pc.match_substring(family, "-").to_numpy(zero_copy_only=False)
    return choose(is_double, pc.replace_substring_regex(family, r"-.*$", ""), join(family, second, separator="-"))


def abbreviated(streets: pa.Array) -> pa.Array:
    """Addresses `(n,)` in another spelling: `Hofstraße 3` as `Hofstr. 3`, `4 Oak Road` as `4 Oak Rd`."""
    for long, short in _ABBREVIATIONS:
        streets = pc.replace_substring(streets, long, short)
    return streets


def international(phones: pa.Array) -> pa.Array:
    """Telephone numbers `(n,)` in the form of ITU-T E.164: `+4915112345678`."""
    return pc.replace_substring_regex(pc.replace_substring_regex(phones, r"[ ()/.-]", ""), r"^00", "+")


def national(phones: pa.Array) -> pa.Array:
    """Telephone numbers `(n,)` as they are dialled within their country: `0151 12345678`."""
    german = pc.replace_substring_regex(international(phones), r"^\+49(\d{3})(\d+)$", r"0\1 \2")
    return pc.replace_substring_regex(german, r"^\+(?:33|353)(\d{2})(\d+)$", r"0\1 \2")


def mistyped_dates(days: Ints, is_swapped: Bools) -> Ints:
    """Dates `(n,)` with day and month swapped where that makes another date, otherwise with a wrong digit."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = days - months.astype("datetime64[D]").astype(np.int64) + 1
    years = months.astype("datetime64[Y]").astype("datetime64[M]")
    swapped = (years + (day - 1)).astype("datetime64[D]").astype(np.int64) + month - 1
    # Every month has the days to which this leads.
    wrong = days + np.where(day <= 18, 10, -10)
    return np.where(is_swapped & (day <= 12) & (day != month), swapped, wrong)


def mistyped_ids(ids: pa.Array) -> pa.Array:
    """National ids `(n,)` with two digits swapped, or one repeated where they are the same."""
    swapped = _swapped(ids, 3)
    is_same = pc.fill_null(pc.equal(swapped, ids), False).to_numpy(zero_copy_only=False)
    return choose(is_same, _swapped(ids, 4), swapped)


def _without(names: pa.Array, k: int) -> pa.Array:
    return pc.utf8_replace_slice(names, k, k + 1, "")


def _swapped(names: pa.Array, k: int) -> pa.Array:
    """The letters `k` and `k + 1` in the place of each other."""
    parts = [pc.utf8_slice_codeunits(names, *ends) for ends in ((0, k), (k + 1, k + 2), (k, k + 1))]
    return join(*parts, pc.utf8_slice_codeunits(names, k + 2))
