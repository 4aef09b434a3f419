"""What speaks against one person however much else agrees: relatives share homes, telephones, accounts and birthdays.

Address, telephone, IBAN and family name agree in a household all at once, which a sum of weights takes for much more
than it is. So a pair is joined by itself only where it is also no pair of twins, of spouses, or of father and son.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage_comparisons import COMPARISONS, column_name

NO_CONFLICT = ""
DIFFERENT_IDS = "different national ids"
DIFFERENT_GIVEN_NAMES = "different given names"
DIFFERENT_BIRTH_DATES = "different birth dates"


def conflicts_in(pairs: pa.Table) -> pa.Array:
    """For each pair (n,) as `score_pairs` has them what forbids to join it, or an empty text."""
    national_id = _grades(pairs, "national id")
    is_free = pc.less(national_id, 1)
    given_differs, born_differs = (pc.equal(_grades(pairs, name), 0) for name in ("given name", "birth date"))
    return pc.case_when(
        pc.make_struct(
            pc.equal(national_id, 0),
            pc.and_(given_differs, pc.or_(is_free, born_differs)),
            pc.and_(born_differs, is_free),
        ),
        DIFFERENT_IDS,
        DIFFERENT_GIVEN_NAMES,
        DIFFERENT_BIRTH_DATES,
        NO_CONFLICT,
    )


def _grades(pairs: pa.Table, name: str) -> pa.Array:
    comparison = next(one for one in COMPARISONS if one.name == name)
    return pairs[f"gamma_{column_name(comparison)}"].combine_chunks()
