"""Names of employees who decided something, which stand by purpose where the search for personal data looks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath

from recsys.privacy.scanning import Texts

_TABLE, _CARD = "ops.model_decisions", "model_card"


def without_deciders(texts: Texts, names: Collection[str]) -> Texts:
    """`texts` without `names`, where those are given as who decided: in the table of decisions and in model cards.

    Whoever decides may be a customer as well. Everything else that stands beside the name is looked through.
    """
    if not names or not (texts.place == _TABLE or PurePosixPath(texts.place).stem == _CARD):
        return texts
    values = list(texts.values)
    for name in sorted(names, key=len, reverse=True):
        values = [value.replace(name, "|") for value in values]
    return replace(texts, values=[value for value in values if value.strip("|")])
