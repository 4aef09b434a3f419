"""Which texts a language model need not read: those whose only capitals begin sentences, and which have no digit.

Whoever writes "My card was declined, why?" uses capitals and would have given one to a name. Reading is what costs, and
most questions that customers ask are such. Who uses no capitals at all may still name somebody, and is read.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")

# Words that begin a sentence and are no name, in English: German would give its nouns capitals and is always read.
_BEGINNINGS = frozenset(
    """
    a about above after again all almost already also although always am an and another any anybody anyone anything are
    as at away be because been before being below between both but by can cannot could did do does doing done down
    during each either else enough even ever every everyone everything few first for from further get give go going got
    had has have having hello help hence here hi how however i if in into is isn it its itself just keep last least less
    ll let like made make many may maybe me mine more most much must my myself neither never next no nobody none nor
    not nothing now of off often ok okay on once one only or other our ours out over own per perhaps please put quite
    rather re really s same see seems several she should show since so some someone something sometimes somewhere still
    such t take tell thank thanks than that the their them then there therefore these they thing things this those
    though through thus to together too toward towards two under unless until up upon us use used using ve very via was
    wasn we well were what whatever when whenever where whether which while who whoever whole whom whose why will with
    within without won would wouldn yes yet you your yours yourself don didn doesn couldn haven hasn aren d m he her him
    his hey explain
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


def is_worth_reading(text: str) -> bool:
    """Whether somebody might be named in `text`."""
    capitalised = [word for word in _WORD.findall(text) if not word.islower()]
    if not capitalised or any(character.isdecimal() for character in text):
        return True
    return not all(word.lower() in _BEGINNINGS for word in capitalised)
