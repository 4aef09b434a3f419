"""Names from vocabularies in the form in which they are looked up, and only where they mean one thing."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

_JOINTS = re.compile(r"[\s.’'`\-]+")


def folded(name: str) -> str:
    """`name` without case, accents, punctuation and whitespace."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return _JOINTS.sub("", "".join(letter for letter in decomposed if not unicodedata.combining(letter)))


def unambiguous(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Code by folded name, of `names` as (name, code); a name that stands for two codes stands for none."""
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for name, code in names:
        codes[folded(name)].add(code)
    return {name: next(iter(found)) for name, found in codes.items() if len(found) == 1 and name}
