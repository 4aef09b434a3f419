"""The columns on which record linkage compares customers: folded, split and freed of values that say nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.normalising import normalised_emails, normalised_national_ids
from recsys.cleaning.persons import MAX_SHARING

# What linkage reads of a customer, as it lands.
LINKED_COLUMNS = (
    "full_name",
    "birth_date",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "national_id",
    "iban",
)
# Columns whose value belongs to one person or household: shared by a crowd it is a placeholder.
_NUMBERS = ("national_id", "iban", "phone", "email")
# One birth date in a thousand customers is likely (a year has 365 of them); more is what people type to get on.
_DATE_SHARE, _DATES_AT_LEAST = 0.002, 50
_PHONE_DIGITS = 8
_TITLES = r"^((dr|prof|mr|mrs|ms|miss|mme|mlle|herr|frau|dipl|ing|phd)\b[. -]*)+"
_FAMILY = r"^(?:(?P<given>.*?)\s+)?(?P<family>(?:(?:von|van|der|den|de|la|le|du|zu|zum|ter|mac|mc)\s+)*\S+)$"
_SPELLINGS = (
    ("ß", "ss"),
    ("ø", "o"),
    ("æ", "a"),
    ("œ", "o"),
    ("ł", "l"),
    ("đ", "d"),
    ("ae", "a"),
    ("oe", "o"),
    ("ue", "u"),
)
_STREETS = (
    (r"stra(ss|ß)e\b|str\.", "str"),
    (r"\b(road|rd)\b", "rd"),
    (r"\b(street|st)\b", "st"),
    (r"\b(avenue|av|ave)\b", "av"),
)
# Letters that are heard alike; vowels after the first letter and doubled letters count for nothing.
_SOUNDS = (
    (r"ph", "f"),
    (r"th", "t"),
    (r"c[kh]?", "k"),
    (r"q", "k"),
    (r"tz|ts", "z"),
    (r"dt", "t"),
    (r"y|j", "i"),
    (r"w", "v"),
)
_SILENT = r"([a-z])[aeiouh]+"


def linkage_columns(customers: pa.Table) -> pa.Table:
    """Comparable columns (m,) of `customers` (m,), which has `LINKED_COLUMNS`; `unique_id` is the row's number."""
    columns = {name: _one_array(customers[name]) for name in LINKED_COLUMNS}
    given, family = split_names(columns["full_name"])
    sounds = sounds_of(given), sounds_of(family)
    birth_dates = without_crowds(columns["birth_date"], max(_DATES_AT_LEAST, int(len(given) * _DATE_SHARE)))
    found = {
        "unique_id": pa.array(range(len(given)), pa.int64()),
        "given": given,
        "family": family,
        "birth_date": birth_dates.cast(pa.string()),
        "email": normalised_emails(columns["email"]),
        "phone": _last_digits(columns["phone"]),
        "street": folded_streets(columns["street"]),
        "postcode": normalised_national_ids(columns["postcode"]),
        "city": folded(columns["city"]),
        "national_id": normalised_national_ids(columns["national_id"]),
        "iban": normalised_national_ids(columns["iban"]),
        "birth_year": pc.year(birth_dates),
        "family_sound": sounds[1],
        # The same whichever of the names comes first.
        "name_sounds": pc.binary_join_element_wise(
            pc.min_element_wise(*sounds, skip_nulls=False), pc.max_element_wise(*sounds, skip_nulls=False), " "
        ),
    }
    found |= {name: without_crowds(found[name], MAX_SHARING) for name in _NUMBERS}
    found["email_name"] = pc.replace_substring_regex(found["email"], r"@.*$", "")
    return pa.table(found)


def folded(values: pa.Array) -> pa.Array:
    """Texts (n,) in lower case without accents, umlauts in either spelling alike; null where nothing is left."""
    plain = pc.utf8_lower(pc.utf8_normalize(values, form="NFKD"))
    plain = pc.replace_substring_regex(plain, r"\pM+", "")
    for spelling, letter in _SPELLINGS:
        plain = pc.replace_substring(plain, spelling, letter)
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, r"[\s\pZ]+", " "))
    return pc.if_else(pc.equal(plain, ""), None, plain)


def split_names(full_names: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Folded given and family names (n,) of `Ada Lovelace` and of `Lovelace, Ada`, without titles."""
    plain = pc.replace_substring_regex(folded(full_names), _TITLES, "")
    turned = pc.replace_substring_regex(plain, r"^([^,]+),\s*(.+)$", r"\2, \1")
    is_turned = pc.match_substring(turned, ",")
    after, before = (pc.replace_substring_regex(turned, pattern, "") for pattern in (r"^.*,\s*", r",.*$"))
    parts = pc.extract_regex(turned, _FAMILY)
    given = pc.if_else(is_turned, before, pc.struct_field(parts, "given"))
    family = pc.if_else(is_turned, after, pc.struct_field(parts, "family"))
    return _words(given), _words(family)


def sounds_of(names: pa.Array) -> pa.Array:
    """What is heard first of names (n,), for finding candidates only: `schmidt`, `schmitt` and `smid` differ little."""
    sound = pc.replace_substring(names, " ", "")
    for pattern, letter in _SOUNDS:
        sound = pc.replace_substring_regex(sound, pattern, letter)
    sound = pc.replace_substring_regex(sound, _SILENT, r"\1")
    for letter in "bdfgklmnprstvzi":
        sound = pc.replace_substring_regex(sound, f"{letter}+", letter)
    return sound


def folded_streets(streets: pa.Array) -> pa.Array:
    """Streets (n,) with their usual words in one spelling and without punctuation."""
    plain = folded(streets)
    for pattern, word in _STREETS:
        plain = pc.replace_substring_regex(plain, pattern, word)
    return pc.replace_substring_regex(plain, r"[^a-z0-9]+", "")


def without_crowds(values: pa.Array, limit: int) -> pa.Array:
    """`values` (n,) without those that more than `limit` rows share."""
    counted = pc.value_counts(values)
    crowds = counted.filter(pc.greater(counted.field("counts"), limit)).field("values")
    return pc.if_else(pc.is_in(values, value_set=crowds.drop_null()), None, values)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.date32() if pa.types.is_date(column.type) else pa.string()).combine_chunks()


def _words(names: pa.Array) -> pa.Array:
    words = pc.utf8_trim_whitespace(pc.replace_substring_regex(names, r"[^\pL]+", " "))
    return pc.if_else(pc.equal(words, ""), None, words)


def _last_digits(phones: pa.Array) -> pa.Array:
    """The end of telephone numbers (n,), which is the same with a country's code, with a zero and with neither."""
    digits = pc.replace_substring_regex(phones, r"\D+", "")
    ending = pc.utf8_slice_codeunits(digits, -_PHONE_DIGITS)
    return pc.if_else(pc.greater_equal(pc.utf8_length(digits), _PHONE_DIGITS - 1), ending, None)
