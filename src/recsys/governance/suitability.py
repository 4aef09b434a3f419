"""The suitability statement that goes with an investment: why this product is suitable for this customer.

After MiFID II art. 25(6) and Delegated Regulation (EU) 2017/565 art. 54(12): an outline of the advice, how it meets the
customer's objectives and circumstances with reference to the term, the knowledge and experience, the attitude to risk
and the capacity for loss. It says nothing that is not stored with the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from recsys.documents import Document, Grid, Section
from recsys.errors import NotFoundError, RunError
from recsys.governance.decision_record import DecisionRecord
from recsys.types import JSON

RISK_LEVELS = 7
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Investment:
    """What a statement says of the product; limits that are None do not exist. Costs in the bank's currency."""

    product_name: str
    description: str
    risk_class: int | None
    min_horizon_years: int | None
    min_knowledge_level: int | None
    min_loss_capacity: int | None
    annual_fee: float | None
    currency: str


def build_statement(record: DecisionRecord, investment: Investment, valid_days: int) -> Document:
    """The statement of one published row. `valid_days`: how long answers about risk and knowledge count.

    Raises `NotFoundError` for a product that was not recommended, and `RunError` for one that is no investment, or of
    which the decision cannot be computed again: then nobody may sign for it.
    """
    _check(record, investment)
    answered = date.fromisoformat(str(record.features["answered_date"]))
    return Document(
        f"Suitability statement: {investment.product_name}",
        f"For customer {record.customer_id}. It rests on what you told us on {answered}, which counts until "
        f"{answered + timedelta(days=valid_days)}, and on the data of {record.publication['as_of']}. If something has "
        "changed since, please tell us before you decide.",
        (
            ("Recommendation", f"{investment.product_name}, place {record.reckoning.rank} of the list"),
            ("Data of", str(record.publication["as_of"])),
            ("Publication", str(record.publication["publication_id"])),
        ),
        (
            Section("The product", _product(investment)),
            Section("How it meets your situation", (), (_comparison(record.features, investment),)),
            Section("Costs", (_costs(investment),)),
            Section("Why we recommend it to you", (record.why,)),
            Section(
                "What this statement is not",
                (
                    "It is no promise about returns: an investment can lose value, and you may get back less than you "
                    "paid in.",
                    "It says that the product suits what you told us. It does not say that no other product does.",
                ),
            ),
        ),
    )


def _check(record: DecisionRecord, investment: Investment) -> None:
    if investment.risk_class is None:
        raise RunError(
            f"{investment.product_name} is no investment: it has no risk class.",
            remedy="Suitability statements go with products that have a risk_class.",
        )
    if record.reckoning.rank is None:
        raise NotFoundError(
            f"{investment.product_name} was not recommended to this customer in that publication.",
            remedy="`recsys recommend` lists what was; `recsys why` says why others were not.",
        )
    if not record.reckoning.agrees:
        raise RunError(
            "The decision cannot be computed again from what is stored, so no statement is made for it.",
            remedy="`recsys explain` shows both results; report it with the publication and the model version.",
        )


def _product(investment: Investment) -> tuple[str, ...]:
    risk = f"Its summary risk indicator is {investment.risk_class} on a scale from 1 (low) to {RISK_LEVELS} (high)."
    return tuple(sentence for sentence in (investment.description, risk) if sentence)


def _comparison(known: Mapping[str, JSON], investment: Investment) -> Grid:
    rows = (
        ("Your objective", _said(known["investment_goal"]), "any"),
        _row("Time until you need the money", known["horizon_years"], "{} years", investment.min_horizon_years),
        (
            "Risk that you accept",
            _level(known["risk_tolerance"], RISK_LEVELS),
            f"at least {investment.risk_class} out of {RISK_LEVELS}",
        ),
        _row("Loss that you can bear", known["loss_capacity"], f"{{}} out of {LEVELS}", investment.min_loss_capacity),
        _row(
            "Knowledge and experience",
            known["knowledge_level"],
            f"{{}} out of {LEVELS}",
            investment.min_knowledge_level,
        ),
    )
    return Grid(("what counts", "what you told us", "what the product asks for"), rows, code=frozenset())


def _row(what: str, value: JSON, words: str, minimum: int | None) -> tuple[str, str, str]:
    asked = "any" if minimum is None else f"at least {words.format(minimum)}"
    return what, "not told" if value is None else words.format(_number(value)), asked


def _level(value: JSON, highest: int) -> str:
    return "not told" if value is None else f"{_number(value)} out of {highest}"


def _said(value: JSON) -> str:
    return "not told" if value is None else str(value)


def _number(value: JSON) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _costs(investment: Investment) -> str:
    if investment.annual_fee is None:
        return "The bank has stated no yearly fee for it. Please ask for its costs before you decide."
    if not investment.annual_fee:
        return "It has no yearly fee."
    return f"Its yearly fee is {investment.annual_fee:,.2f} {investment.currency}."
