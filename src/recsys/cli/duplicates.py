"""`recsys duplicates`: which customers are one person, why, and what people decide about it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.cleaning.linkage_explaining import Explanation
    from recsys.settings import Settings

app = typer.Typer(
    help="Customers who are one person: what was joined, why, and what people decide.",
    no_args_is_help=True,
    epilog="Decisions hold at once and in every later run; what was published stays as it was. "
    "Every look and every decision is written down in ops.audit_log.",
)
One = Annotated[str, typer.Argument(help="The bank's own id of a customer.", metavar="CUSTOMER")]
Other = Annotated[str, typer.Argument(help="The id of the other.", metavar="OTHER")]
_BAR_BITS = 2


class State(StrEnum):
    """What became of a pair."""

    JOINED = "joined"
    REVIEW = "review"
    SPLIT = "split"


@app.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only pairs of this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the likeliest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Pairs that the last run found: joined to one person, for people to review, or split by people.

    Pairs to review are likely but not sure, or something speaks against them. Look at one with
    `recsys duplicates explain`, then settle it with `join` or `split`.
    """
    from recsys.io.postgres import open_database
    from recsys.steps.match_decisions import list_pairs

    pairs = list_pairs(open_database(read_settings()), state, limit)
    if as_json:
        say_json(pairs)
        return
    if not pairs:
        say("No such pairs.")
        return
    show_table(
        ["customer", "other", "state", "rule", "bits", "probability", "why not joined"],
        [
            [
                pair["customer_id_l"],
                pair["customer_id_r"],
                pair["state"],
                pair["match_rule"],
                "" if pair["match_weight"] is None else f"{pair['match_weight']:.1f}",
                "" if pair["match_probability"] is None else f"{pair['match_probability']:.6f}",
                pair["reason"],
            ]
            for pair in pairs
        ],
    )


@app.command()
def explain(
    one: One,
    other: Other,
    values: Annotated[bool, typer.Option("--values", help="Show the two customers' own data beside it.")] = False,
    as_json: Json = False,
) -> None:
    """What speaks for and against one person, comparison by comparison, in bits; for any two customers.

    Each bit doubles the odds. The sum starts far below zero, since two random customers are hardly ever one person.
    `--values` shows personal data: use it where that is allowed.
    """
    from recsys.io.postgres import open_database
    from recsys.steps.match_decisions import explain_customers

    settings = read_settings()
    explanation, both = explain_customers(open_database(settings), settings, one, other)
    if as_json:
        say_json(_as_json(explanation, settings) | ({"values": both} if values else {}))
        return
    _show_explanation(explanation, settings)
    if values:
        say()
        show_table(
            ["", one, other], [[name, str(left or ""), str(right or "")] for name, (left, right) in both.items()]
        )


@app.command()
def split(one: One, other: Other, as_json: Json = False) -> None:
    """Make two persons of one: the customer that does not stand for the person leaves, at once and in later runs.

    `recsys duplicates join` takes it back.
    """
    from getpass import getuser

    from recsys.io.postgres import open_database
    from recsys.steps.match_decisions import split as split_pair

    left = split_pair(open_database(read_settings()), one, other, getuser())
    if as_json:
        say_json({"left": left})
    elif left is None:
        say(f"{one} and {other} are two persons already, and stay so in later runs.")
    else:
        say(f"{left} is a person of its own now, and stays so in later runs. Recommendations follow with the next run.")


@app.command()
def join(one: One, other: Other, as_json: Json = False) -> None:
    """Make one person of two: all customers of both follow the one who registered first, at once and in later runs.

    `recsys duplicates split` takes it back.
    """
    from getpass import getuser

    from recsys.io.postgres import open_database
    from recsys.steps.match_decisions import join as join_pair

    standing, moved = join_pair(open_database(read_settings()), one, other, getuser())
    if as_json:
        say_json({"person": standing, "moved": moved})
    elif not moved:
        say(f"{one} and {other} are one person already, and stay so in later runs.")
    else:
        say(f"{standing} stands for both now, and does so in later runs. Recommendations follow with the next run.")


def _show_explanation(explanation: Explanation, settings: Settings) -> None:
    rows: list[list[str]] = [
        ["two random customers", "", f"{explanation.prior_bits:+.1f}", _bar(explanation.prior_bits)]
    ]
    for finding in explanation.findings:
        grade = finding.grade
        if finding.rarity_bits:
            grade += f" ({'rare' if finding.rarity_bits > 0 else 'common'} name {finding.rarity_bits:+.1f})"
        rows.append([finding.comparison, grade, f"{finding.total:+.1f}", _bar(finding.total)])
    rows.append(["sum", "", f"{explanation.weight:+.1f}", ""])
    show_table(["compared", "found", "bits", ""], rows)
    say(
        f"\nProbability {explanation.probability:.6f}; joined from {settings.match_threshold}, "
        f"for people to review from {settings.review_threshold}."
    )
    say(_verdict(explanation, settings))


def _verdict(explanation: Explanation, settings: Settings) -> str:
    if explanation.conflict:
        return f"Not joined by itself: {explanation.conflict}."
    if explanation.probability >= settings.match_threshold:
        return "Sure enough to be joined by itself."
    if explanation.probability >= settings.review_threshold:
        return "Likely, but not sure enough to be joined by itself: a pair for people to review."
    return "Too unlikely to be one person."


def _as_json(explanation: Explanation, settings: Settings) -> dict[str, Any]:
    return {
        "prior_bits": explanation.prior_bits,
        "findings": [
            {"comparison": one.comparison, "grade": one.grade, "bits": one.bits, "rarity_bits": one.rarity_bits}
            for one in explanation.findings
        ],
        "weight": explanation.weight,
        "probability": explanation.probability,
        "match_threshold": settings.match_threshold,
        "review_threshold": settings.review_threshold,
        "conflict": explanation.conflict,
    }


def _bar(bits: float) -> str:
    return ("+" if bits > 0 else "-") * round(abs(bits) / _BAR_BITS)
