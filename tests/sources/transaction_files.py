"""A transaction system that delivers a file a day: late, duplicated, corrected, out of order and partly malformed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import zstandard

_HEADER = "txn_id,client,booked,value,currency,shop,loaded_by\n"


@dataclass(frozen=True)
class TransactionFiles:
    """The system and the folder that it delivers into."""

    folder: Path

    def apply(self, day: int) -> None:
        """Deliver what comes on day 1, 2 or 3."""
        {1: self._first_day, 2: self._second_day, 3: self._third_day}[day]()

    def _first_day(self) -> None:
        self._write(
            "transactions_2026-01-01.csv",
            "t1,c1,2026-01-01T10:00:00Z,-12.50,EUR,Billa,batch\n"
            "t2,c2,2026-01-01T11:00:00Z,-8.00,EUR,Spar,batch\n"
            "t3,c3,2026-01-01T12:00:00Z,-99.00,EUR,Hofer,batch\n"
            't4,c1,2026-01-01T13:00:00Z,1500.00,EUR,"Arbeit, GmbH",batch\n',
        )

    def _second_day(self) -> None:
        self._write(
            "transactions_2026-01-02.csv.gz",
            "t6,c5,2026-01-02T09:00:00Z,-20.00,EUR,Spar,batch\n"
            # Delivered yesterday already.
            "t2,c2,2026-01-01T11:00:00Z,-8.00,EUR,Spar,batch\n"
            "t5,c2,2026-01-02T10:00:00Z,-70.00,EUR,Billa,batch\n"
            # Of a customer whom the registration knows a day later only.
            "t8,c6,2026-01-02T12:00:00Z,-3.00,EUR,Spar,batch\n"
            # No amount, and a row that is cut off.
            "t90,c2,2026-01-02T10:00:00Z,twelve,EUR,Billa,batch\n"
            "t91,c2,2026-01-02T10:00:00Z\n",
        )

    def _third_day(self) -> None:
        self._write(
            "transactions_2026-01-03.csv.zst",
            "t7,c6,2026-01-03T08:00:00Z,-5.25,EUR,Hofer,batch\n"
            # The amount was wrong yesterday.
            "t5,c2,2026-01-02T10:00:00Z,-7.00,EUR,Billa,batch\n",
        )
        # A file of before the first day comes now, with a row that was delivered in a newer state.
        self._write(
            "transactions_2025-12-31.csv",
            "t0,c3,2025-12-31T23:59:59Z,-1.00,EUR,Spar,batch\nt1,c1,2026-01-01T10:00:00Z,-1200.50,EUR,Billa,batch\n",
        )
        # The first file again, corrected in place.
        self._write(
            "transactions_2026-01-01.csv",
            "t1,c1,2026-01-01T10:00:00Z,-12.50,EUR,Billa,batch\n"
            "t2,c2,2026-01-01T11:00:00Z,-8.00,EUR,Spar,batch\n"
            "t3,c3,2026-01-01T12:00:00Z,-9.90,EUR,Hofer,corrected\n"
            't4,c1,2026-01-01T13:00:00Z,1500.00,EUR,"Arbeit, GmbH",batch\n',
        )

    def _write(self, name: str, rows: str, header: str = _HEADER) -> None:
        content = (header + rows).encode()
        if name.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
        elif name.endswith(".zst"):
            content = zstandard.compress(content)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(content)
