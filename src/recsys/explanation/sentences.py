"""Several reasons in one sentence, as people would say them."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.explanation.phrases import Phrases

# Topics of which several are named after one another: "you already have our A and B".
_TOGETHER = ("things.holds", "things.spending")


def sentence_of(reasons: Sequence[str], phrases: Phrases) -> str:
    """The reasons of one row, sentences as `wording.sentence` gives them, in one; empty where there are none.

    >>> from recsys.explanation.phrases import phrases_in
    >>> sentence_of(["You already have our Everyday Account", "You are saving for a home"], phrases_in("en"))
    'Because you already have our Everyday Account and are saving for a home.'
    """
    clauses = _merged([_clause(reason, phrases) for reason in dict.fromkeys(reasons)], phrases)
    if not clauses:
        return ""
    if any(_starter(clause, phrases) is None for clause in clauses):
        # What fits anybody is said alone and has no subject to go on with.
        return ". ".join(clause[:1].upper() + clause[1:] for clause in clauses) + "."
    return phrases["grammar.because"].format(
        clauses=_listed(_with_shared_subject(clauses, phrases), phrases, "and_then")
    )


def _clause(sentence: str, phrases: Phrases) -> str:
    """Without the capital, where that is only the sentence's."""
    first, _, rest = sentence.partition(" ")
    for starter in phrases["grammar.starters"].split():
        if first.casefold() == starter.casefold():
            return f"{starter} {rest}"
    return sentence


def _starter(clause: str, phrases: Phrases) -> str | None:
    first = clause.partition(" ")[0]
    return first if first in phrases["grammar.starters"].split() else None


def _merged(clauses: Sequence[str], phrases: Phrases) -> list[str]:
    """Clauses of one topic as one, at the place of the first."""
    merged: dict[str, list[str]] = {}
    for clause in clauses:
        for topic in _TOGETHER:
            before, _, after = phrases[topic].partition("{value}")
            if clause.startswith(before) and clause.endswith(after):
                merged.setdefault(topic, []).append(clause[len(before) : len(clause) - len(after)])
                break
        else:
            merged[clause] = []
    return [
        phrases[topic].replace("{value}", _listed(values, phrases, "and_also")) if values else topic
        for topic, values in merged.items()
    ]


def _with_shared_subject(clauses: list[str], phrases: Phrases) -> list[str]:
    """Clauses that all begin alike go on without their subject after the first."""
    subjects = {_starter(clause, phrases) for clause in clauses}
    if len(subjects) != 1:
        return clauses
    first, *others = clauses
    return [first, *(clause.partition(" ")[2] for clause in others)]


def _listed(items: Sequence[str], phrases: Phrases, after_and: str) -> str:
    """`after_and` names the conjunction where an item has an "and" of its own."""
    *before, last = items
    if not before:
        return last
    has_and = any(phrases["grammar.and"] in item for item in items)
    conjunction = phrases[f"grammar.{after_and}" if has_and else "grammar.and"]
    return phrases["grammar.comma"].join(before) + conjunction + last
