"""The measured parts of `docs/cleaning.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from bench.cleaning import spellings, variants
from bench.cleaning.duplicates import Pairs, Persons, count_pairs, joined_by_kind
from bench.markers import table

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Who is who in a demo bank: by exact values alone, as the pipeline found, and in truth."""

    n_customers: int
    seconds: float
    exact: Persons
    found: Persons
    truth: pa.Table
    look_alikes: pa.Table
    to_review: tuple[int, int]


def pairs_table(banks: Sequence[Duplicates]) -> str:
    """Pairwise precision and recall, next to those of the exact rules and to the targets."""
    lines = [["target", "", "", "", "0.98", "0.95", ""]]
    for bank in banks:
        for name, persons in (("exact rules alone", bank.exact), ("with record linkage", bank.found)):
            pairs = count_pairs(persons, bank.truth)
            seconds = f"{bank.seconds:.1f}" if persons is bank.found else ""
            lines.append([name, f"{bank.n_customers:,}", *_pairs(pairs), seconds])
    header = ["rule", "customers", "true pairs", "found", "precision", "recall", "seconds"]
    review = [
        f"Of {bank.n_customers:,} customers, {bank.to_review[0]:,} pairs wait for people; {bank.to_review[1]:,} of them"
        " are one person."
        for bank in banks
    ]
    return "\n".join([table(header, lines), "", *review])


def kinds_table(banks: Sequence[Duplicates]) -> str:
    """Recall by kind of duplicate."""
    lines = []
    for kind in sorted(joined_by_kind(banks[-1].found, banks[-1].truth, "same_as")):
        line = [kind]
        for bank in banks:
            found, n = joined_by_kind(bank.found, bank.truth, "same_as").get(kind, (0, 0))
            exact, _ = joined_by_kind(bank.exact, bank.truth, "same_as").get(kind, (0, 0))
            line += [f"{found:,} of {n:,}", _share(found, n), _share(exact, n)]
        lines.append(line)
    header = ["kind"]
    for bank in banks:
        header += [f"{bank.n_customers:,} customers", "recall", "by exact rules"]
    return table(header, lines)


def look_alikes_table(banks: Sequence[Duplicates]) -> str:
    """How many pairs of two persons were made one, by kind."""
    lines = []
    for kind in sorted(joined_by_kind(banks[-1].found, banks[-1].look_alikes, "like")):
        counts = [joined_by_kind(bank.found, bank.look_alikes, "like").get(kind, (0, 0)) for bank in banks]
        lines.append([kind, *(f"{joined:,} of {n:,}" for joined, n in counts)])
    return table(["two persons", *(f"joined, {bank.n_customers:,} customers" for bank in banks)], lines)


def spellings_table(banks: Mapping[int, Sequence[spellings.Column]]) -> str:
    """Dirty values made clean, next to what trimming whitespace alone does."""
    lines = [["target", "", "", "99.0 %", "", ""]]
    for n_customers, columns in banks.items():
        for column in (*columns, _total(columns)):
            spoilt = f"{column.n_spoilt:,} of {column.n_spared:,}" if column.n_spared else "not measured"
            clean, trimmed = (_percent(part, column.n_dirty) for part in (column.n_clean, column.n_trimmed))
            lines.append([column.name, f"{n_customers:,}", f"{column.n_dirty:,}", clean, trimmed, spoilt])
    header = ["column", "customers", "dirty values", "standardised", "by trimming alone", "clean values changed"]
    return table(header, lines)


def dirt_table(banks: Mapping[int, tuple[int, int, int]]) -> str:
    """Planted faults in quarantine."""
    lines = [[f"{n:,}", f"{planted:,}", f"{found:,}", f"{others:,}"] for n, (planted, found, others) in banks.items()]
    return table(["customers", "planted", "found with their true rule", "others in quarantine"], lines)


def variants_table(banks: Mapping[int, Sequence[variants.Column]]) -> str:
    """Precision and recall of the proposals, next to those of the strictest method."""
    lines, notes = [], []
    for n_customers, columns in banks.items():
        for one in columns:
            name = f"{one.name}, {n_customers:,} customers"
            lines.append(
                [
                    one.name,
                    f"{n_customers:,}",
                    f"{one.n_variants:,}",
                    f"{one.n_hidden:,}",
                    f"{one.n_proposed:,}",
                    _share(one.n_right, one.n_proposed),
                    _share(one.n_right, one.n_variants),
                    f"{_share(one.n_strict_right, one.n_strict)} / {_share(one.n_strict_right, one.n_variants)}",
                    f"{one.n_others:,}",
                ]
            )
            notes += _examples(f"Missed in {name}", one.missed) + _examples(f"Wrong in {name}", one.wrong)
    header = ["column", "customers", "spellings", "not there", "proposed", "precision", "recall",
              "fingerprints alone: precision / recall", "about other values"]  # fmt: skip
    return "\n".join([table(header, lines), "", *notes])


def _pairs(pairs: Pairs) -> list[str]:
    return [f"{pairs.true:,}", f"{pairs.found:,}", f"{pairs.precision:.4f}", f"{pairs.recall:.4f}"]


def _total(columns: Sequence[spellings.Column]) -> spellings.Column:
    names = ("n_dirty", "n_clean", "n_trimmed", "n_spoilt", "n_spared")
    return spellings.Column("all", *(sum(getattr(column, name) for column in columns) for name in names))


def _examples(title: str, values: Sequence[str]) -> list[str]:
    if not values:
        return []
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return [f"- {title}: {', '.join(f'`{value}`' for value in values[:_SHOWN])}{more}."]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
