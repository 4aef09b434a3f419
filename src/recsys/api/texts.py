"""Texts as the database can hold them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

# PostgreSQL has no text with a NUL in it.
_ANYTHING_ELSE = r"^[^\x00]+$"

Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_ANYTHING_ELSE)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_ANYTHING_ELSE)]
# In the path of every route about one customer.
CustomerId = Annotated[Word, Path(description="The bank's own id of the customer.", examples=["c2"])]
