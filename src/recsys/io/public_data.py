"""Reading the files of the public data sets, and saying clearly which one is missing."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd

from recsys.errors import FeedFileError
from recsys.feed import berka, santander, scf

_SCF_FILE = "SCFP2019.csv.gz"
_SANTANDER_FILE = "trainsubset.csv"
_REMEDY = (
    f"Give the folder that holds the data set: {', '.join(f'{name}.asc' for name in berka.FILES)} of Berka, "
    f"{_SCF_FILE} of the SCF, or {_SANTANDER_FILE} of Santander."
)


def read_berka(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of the Berka data set, all values as texts."""
    return {
        name: _read(folder / f"{name}.asc", sep=";", encoding="latin-1", dtype=str, keep_default_na=False)
        for name in berka.FILES
    }


def read_scf(folder: Path) -> pd.DataFrame:
    """The columns of the SCF's summary extract that the adapter uses."""
    return _read(folder / _SCF_FILE, encoding="utf-8-sig", usecols=list(scf.SOURCE_COLUMNS))


def read_santander(folder: Path) -> pd.DataFrame:
    """The columns of the Santander month that the adapter uses, all values as texts."""
    path = folder / _SANTANDER_FILE
    return _read(path, usecols=list(santander.SOURCE_COLUMNS), dtype=str, keep_default_na=False)


def _read(path: Path, **options: object) -> pd.DataFrame:
    if not path.is_file():
        raise FeedFileError(f"{path} does not exist.", remedy=_REMEDY)
    try:
        return pd.read_csv(path, **options)  # type: ignore[call-overload, no-any-return]
    except (ValueError, UnicodeDecodeError, gzip.BadGzipFile, EOFError, OSError) as error:
        raise FeedFileError(f"{path} cannot be read: {error}.", remedy=_REMEDY) from error
