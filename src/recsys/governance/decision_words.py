"""What people write when they decide on a model: a name and a reason, kept for good and therefore of nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.errors import ModelError
from recsys.privacy.numbers import find_numbers
from recsys.privacy.scanning import fragments

GATE = "gate"
MAX_NAME, MAX_REASON = 100, 1_000


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """Who decides and why, each on one line."""

    by: str
    because: str


def words_of(by: str, because: str) -> DecisionWords:
    """The words as they are stored. What was decided is never changed, so a reason may name no customer.

    Raises:
        ModelError: one of them is empty or too long, somebody calls themselves `gate`, or one holds an address or a
            number of a person or account. It never quotes them.
    """
    name, reason = " ".join(by.split()), " ".join(because.split())
    _check("--by", name, MAX_NAME, "the name of whoever decides")
    _check("--because", reason, MAX_REASON, "a reason")
    if name.casefold() == GATE:
        raise ModelError("--by is the word for the gate itself.", remedy="Say who decides.")
    return DecisionWords(name, reason)


def _check(option: str, text: str, longest: int, what: str) -> None:
    if not text.isprintable() or not any(character.isalnum() for character in text):
        raise ModelError(f"{option} is empty or cannot be read: expected {what}.", remedy="Say who decides, and why.")
    if len(text) > longest:
        raise ModelError(
            f"{option} has {len(text)} characters, expected at most {longest}.", remedy="Say it more shortly."
        )
    # Figures, dates and times are what reasons are made of; the search for personal data cuts them away as well.
    if kinds := sorted({span.tag for part in fragments(text) for span in find_numbers(part)}):
        raise ModelError(
            f"{option} holds what looks like {', '.join(kinds)}; what is written here is never deleted.",
            remedy="Leave out addresses and numbers of persons; point to a document instead.",
        )
