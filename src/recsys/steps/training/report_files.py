"""Pictures and tables as files in a folder, for MLflow to keep."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.evaluation.report_tables import Row
from recsys.io.training_runs import PICTURES, TABLES
from recsys.types import JSON

if TYPE_CHECKING:
    from recsys.evaluation.figures.albums import Album


def write_pictures(folder: Path, album: Album) -> None:
    """`pictures/NAME.png` for each, drawn one after the other."""
    (folder / PICTURES).mkdir(exist_ok=True)
    for name, figure in album:
        figure.savefig(folder / PICTURES / f"{name}.png")


def write_table(folder: Path, name: str, rows: Sequence[Row]) -> None:
    """`tables/NAME.csv`, which MLflow's page shows as a table."""
    (folder / TABLES).mkdir(exist_ok=True)
    columns = list(dict.fromkeys(_columns(rows)))
    with (folder / TABLES / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_json(path: Path, value: JSON) -> None:
    """For programs."""
    path.write_text(json.dumps(value, indent=1))


def _columns(rows: Iterable[Row]) -> Iterable[str]:
    return (column for row in rows for column in row)
