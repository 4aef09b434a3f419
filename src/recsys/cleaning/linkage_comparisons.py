"""What linkage compares, in which grades, and the Splink settings made of it.

The grades of a comparison go from the strongest to `different`; each has a probability m among pairs of one person and
u among pairs of two (Fellegi and Sunter, 1969), and log2(m / u) is its weight in bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator

DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Grade:
    """How much two values agree: `sql` over columns with the endings _l and _r."""

    name: str
    sql: str
    frequency_column: str = ""  # the rarer the value that both have, the more it says


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared: nothing is said where `columns` of either side are missing."""

    name: str
    columns: tuple[str, ...]
    grades: tuple[Grade, ...]
    # Not learnt: the m of what tells twins apart, which a bank full of households would teach wrongly, and the u of
    # numbers, which two persons share too rarely for any sample.
    is_m_fixed: bool = False
    is_u_fixed: bool = False

    @property
    def grade_names(self) -> tuple[str, ...]:
        """All grades, the strongest first."""
        return (*(grade.name for grade in self.grades), DIFFERENT)

    def place(self, grade: str) -> int:
        """The number that Splink gives to a grade: 0 is `different`, the strongest has the largest."""
        return len(self.grades) - self.grade_names.index(grade)


_SWAPPED = "given_l = family_r and family_l = given_r"
_ONE_BEGINS = "(starts_with(given_l, given_r || ' ') or starts_with(given_r, given_l || ' '))"
_INITIAL = "least(length(given_l), length(given_r)) = 1 and given_l[1] = given_r[1]"
_PART = "(' ' || family_l || ' ' like '% ' || family_r || ' %' or ' ' || family_r || ' ' like '% ' || family_l || ' %')"
_TURNED_DAY = (
    "birth_date_l[:4] = birth_date_r[:4]"
    " and birth_date_l[6:7] = birth_date_r[9:] and birth_date_l[9:] = birth_date_r[6:7]"
)
_ONE_DIGIT = "damerau_levenshtein(birth_date_l, birth_date_r) <= 1"
_ONE_DAY = "abs(birth_date_l::date - birth_date_r::date) <= 1"
# 1950 and 1980 differ in one digit, and are a father and his son.
_ONE_GENERATION = "abs(birth_date_l[:4]::int - birth_date_r[:4]::int) < 15"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given name",
        ("given",),
        (
            Grade("same", "given_l = given_r", frequency_column="given"),
            Grade("swapped with family name", _SWAPPED),
            Grade("one has more names", _ONE_BEGINS),
            Grade("initial", _INITIAL),
            Grade("similar", "jaro_winkler_similarity(given_l, given_r) >= 0.88"),
        ),
        is_m_fixed=True,
    ),
    Comparison(
        "family name",
        ("family",),
        (
            Grade("same", "family_l = family_r", frequency_column="family"),
            Grade("swapped with given name", _SWAPPED),
            Grade("part of a double name", _PART),
            Grade("similar", "jaro_winkler_similarity(family_l, family_r) >= 0.9"),
        ),
    ),
    Comparison(
        "birth date",
        ("birth_date",),
        (
            Grade("same", "birth_date_l = birth_date_r"),
            Grade("day and month swapped", _TURNED_DAY),
            Grade("one digit or day", f"({_ONE_DIGIT} or {_ONE_DAY}) and {_ONE_GENERATION}"),
        ),
    ),
    Comparison(
        "address",
        ("street", "postcode"),
        (
            Grade("same", "street_l = street_r and postcode_l = postcode_r"),
            Grade(
                "similar",
                "jaro_winkler_similarity(street_l, street_r) >= 0.92 and (postcode_l = postcode_r or city_l = city_r)",
            ),
            Grade("same postcode", "postcode_l = postcode_r"),
            Grade("same town", "city_l = city_r"),
        ),
    ),
    Comparison(
        "phone",
        ("phone",),
        (Grade("same", "phone_l = phone_r"), Grade("one digit", "damerau_levenshtein(phone_l, phone_r) <= 1")),
        is_u_fixed=True,
    ),
    Comparison(
        "e-mail",
        ("email",),
        (
            Grade("same", "email_l = email_r"),
            Grade("similar", "damerau_levenshtein(email_l, email_r) <= 2 and length(email_name_l) >= 5"),
            Grade("same name elsewhere", "email_name_l = email_name_r"),
        ),
        is_u_fixed=True,
    ),
    Comparison(
        "national id",
        ("national_id",),
        (
            Grade("same", "national_id_l = national_id_r"),
            Grade("nearly same", "damerau_levenshtein(national_id_l, national_id_r) <= 1"),
        ),
        is_m_fixed=True,
        is_u_fixed=True,
    ),
    Comparison(
        "IBAN",
        ("iban",),
        (Grade("same", "iban_l = iban_r"), Grade("nearly same", "damerau_levenshtein(iban_l, iban_r) <= 2")),
        is_u_fixed=True,
    ),
)

Weights = Mapping[str, Sequence[tuple[float, float]]]


def column_name(comparison: Comparison) -> str:
    """The comparison's name as Splink writes it into the names of its columns."""
    return comparison.name.lower().replace(" ", "_").replace("-", "_")


def comparison_settings(weights: Weights) -> list[ComparisonCreator | dict[str, Any]]:
    """The comparisons as Splink takes them, with the (m, u) of each grade."""
    return [_settings(comparison, weights[comparison.name]) for comparison in COMPARISONS]


def _settings(comparison: Comparison, weights: Sequence[tuple[float, float]]) -> dict[str, Any]:
    missing = " or ".join(f"{column}_{side} is null" for column in comparison.columns for side in "lr")
    levels: list[dict[str, Any]] = [{"sql_condition": missing, "label_for_charts": "missing", "is_null_level": True}]
    grades = (*comparison.grades, Grade(DIFFERENT, "ELSE"))
    for grade, (m, u) in zip(grades, weights, strict=True):
        level = {"sql_condition": grade.sql, "label_for_charts": grade.name, "m_probability": m, "u_probability": u}
        level |= {"fix_m_probability": comparison.is_m_fixed, "fix_u_probability": comparison.is_u_fixed}
        if grade.frequency_column:
            level |= {"tf_adjustment_column": grade.frequency_column, "tf_adjustment_weight": 1.0}
        levels.append(level)
    return {"output_column_name": column_name(comparison), "comparison_levels": levels}
