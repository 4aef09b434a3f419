"""Banks of a few rows: with k = 5 nothing would be left of who their customers are. What tests k, sets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _no_k() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECSYS_K_ANONYMITY", "0")
        yield
