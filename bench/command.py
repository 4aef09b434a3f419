"""The command line of one measurement: how much, and where to write the figures."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(measure: Callable[[int], dict[str, Any]], description: str | None, option: str, default: int) -> None:
    """Measure as many as `option` says and print the figures as JSON; with --out also write them to a file."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(f"--{option}", type=int, default=default, dest="n")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    figures = json.dumps(measure(arguments.n), indent=2)
    print(figures)
    if arguments.out:
        arguments.out.write_text(figures + "\n")
