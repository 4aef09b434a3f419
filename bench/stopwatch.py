"""What one act takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def timed(act: Callable[[], Result]) -> tuple[Result, float]:
    """What `act` returns, and its seconds."""
    began = time.perf_counter()
    result = act()
    return result, time.perf_counter() - began
