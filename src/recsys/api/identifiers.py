"""The bank's own ids, as they stand in paths and queries."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

# PostgreSQL has no text with a NUL in it.
_ID = StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")

BankId = Annotated[str, _ID]
CustomerIdOfPath = Annotated[BankId, Path(description="The bank's own id of the customer.", examples=["C000042"])]
ProductIdOfPath = Annotated[BankId, Path(description="The bank's own id of the product.", examples=["bond_fund"])]
