"""Who signs in at the embedded issuer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A customer, an advisor or somebody of operations, with the one scope that this makes of them."""

    name: str
    scope: str
    customer_id: str | None = None
    advisor_id: str | None = None

    def get_user_id(self) -> str:
        """The subject of tokens."""
        return self.name

    def claims(self) -> dict[str, str]:
        """The bank's own ids of them, as far as there are."""
        ids = {"customer_id": self.customer_id, "advisor_id": self.advisor_id}
        return {name: value for name, value in ids.items() if value is not None}
