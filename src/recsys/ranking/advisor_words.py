"""What an advisor decided about a product, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Reason = Literal[
    "customer_wish", "life_event", "better_alternative", "unsuitable_in_my_judgement", "bad_timing", "data_is_wrong"
]
REASONS: Mapping[Reason, str] = {
    "customer_wish": "The customer asked for it.",
    "life_event": "The customer's situation has changed.",
    "better_alternative": "Another product fits better.",
    "unsuitable_in_my_judgement": "It does not suit the customer in the advisor's judgement.",
    "bad_timing": "It is not the right moment.",
    "data_is_wrong": "The data that the recommendation rests on is wrong.",
}


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A product that an advisor took off a list: the coded reason, and the last day on which that holds."""

    reason: Reason
    until_date: date

    def sentence(self) -> str:
        """For whoever may hear all."""
        return f"Permitted, and taken off the list by the advisor until {self.until_date}. {REASONS[self.reason]}"
