"""All of these train few models: what they are about is not which one is best."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _few_candidates(few_candidates: None) -> None:
    pass
