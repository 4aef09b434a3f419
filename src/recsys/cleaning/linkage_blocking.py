"""Which pairs of customers are compared at all: those that share one of these, of nearly ten million times more."""

from __future__ import annotations

# Every way in which a person may come back keeps at least one of them: a new name keeps the birth date and the given
# name, a wrong birth date the name and its year or the address, a move keeps the numbers, a typing error the sound.
BLOCKING: tuple[tuple[str, ...], ...] = (
    ("national_id",),
    ("iban",),
    ("phone",),
    ("email",),
    ("birth_date", "family_sound"),
    ("birth_date", "given"),
    ("birth_date", "postcode"),
    ("name_sounds", "birth_year"),
    ("name_sounds", "postcode"),
    ("street", "postcode", "given"),
)

# For learning: each pass leaves out what it blocks on, and learns the others.
TRAINING_BLOCKS: tuple[tuple[str, ...], ...] = (("birth_date", "family_sound"), ("phone",), ("email",))
