"""Words in capitals or small letters as they are written in names."""

from __future__ import annotations

import re
from collections.abc import Callable

_PARTS = re.compile(r"[^\s\-'./(]+")
_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix"})


def has_one_case(text: str) -> bool:
    """Whether `text` has letters of one case only, as a caps-lock key or a careless form leaves them."""
    # There is hardly a capital sharp s, so that it stands among capitals too.
    text = text.replace("ß", "")
    return text.isupper() or text.islower()


def capitalised(text: str, is_small: Callable[[str], bool]) -> str:
    """Each part of each word with a capital, but for the words after the first that `is_small` names (lower case)."""
    return _joined(text, " ", lambda word: _joined(word, "-", _capitalised, is_small, ends_too=False), is_small)


def _joined(
    text: str, joint: str, change: Callable[[str], str], is_small: Callable[[str], bool], *, ends_too: bool = True
) -> str:
    """The pieces of `text` between joints: small ones lowered, but not the first (and the last), the others changed."""
    pieces = text.split(joint)
    last = len(pieces) if ends_too else len(pieces) - 1
    lowered = [_lowered(piece) for piece in pieces]
    return joint.join(
        low if 0 < place < last and is_small(low) else change(piece)
        for place, (piece, low) in enumerate(zip(pieces, lowered, strict=True))
    )


def _capitalised(word: str) -> str:
    return _PARTS.sub(_capital, word)


def _capital(part: re.Match[str]) -> str:
    word = _lowered(part[0])
    if word in _ROMAN:
        return word.upper()
    if word.startswith("mc") and len(word) > 4:
        return f"Mc{word[2:3].title()}{word[3:]}"
    # The capital that stands there already may be a special one, such as the Turkish dotted I.
    return part[0][:1].title() + word[1:]


def _lowered(word: str) -> str:
    # Python writes the small form of the Turkish dotted capital with a combining dot.
    return word.lower().replace("i\u0307", "i")
