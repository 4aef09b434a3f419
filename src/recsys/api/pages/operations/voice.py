"""How figures are told in the visitor's language: words, numbers, shares and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request

from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words, words_of
from recsys.monitoring.plots.drawing import NumberMarks

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Voice:
    """One language."""

    words: Words

    def gettext(self, message: str) -> str:
        """`message` in this language."""
        return self.words.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form for `n`."""
        return self.words.ngettext(singular, plural, n)

    @property
    def marks(self) -> NumberMarks:
        """For the axes of plots."""
        symbols = self.words.locale.number_symbols["latn"]
        return NumberMarks(symbols["decimal"], symbols["group"])

    def number(self, value: float | None, digits: int = 0) -> str:
        """A count, or why there is none."""
        return self.too_few if value is None else str(formats_in(self.words)["number"](value, digits))

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share of 0 to 1 as a percentage, or why there is none."""
        return self.too_few if value is None else str(formats_in(self.words)["percent"](value, digits))

    def points(self, value: float | None) -> str:
        """A difference of shares, with its sign."""
        if value is None:
            return ""
        number = self.number(abs(value) * 100, 1)
        sign = "±" if float(f"{abs(value) * 100:.1f}") == 0 else "+" if value > 0 else "−"
        return f"{sign}{number}"

    def score(self, value: float | None) -> str:
        """A figure of a model, to three digits; nothing where it was not measured."""
        return "" if value is None else self.number(value, 3)

    def seconds(self, value: float | None) -> str:
        """How long something took, in the units that all languages write alike; nothing where it runs."""
        if value is None:
            return ""
        if value < _MINUTE:
            return f"{self.number(value, 1 if value < 10 else 0)} s"
        if value < _HOUR:
            return f"{int(value // _MINUTE)} min {int(value % _MINUTE)} s"
        return f"{int(value // _HOUR)} h {int(value % _HOUR // _MINUTE)} min"

    def day(self, value: date | None) -> str:
        """A date, or nothing."""
        return "" if value is None else str(formats_in(self.words)["day"](value))

    def moment(self, value: datetime | None) -> str:
        """A date and time, or nothing."""
        return "" if value is None else str(formats_in(self.words)["moment"](value))

    @property
    def too_few(self) -> str:
        """In the place of a count that could be one person."""
        return self.words.gettext("too few")


def voice_of(request: Request) -> Voice:
    """The visitor's."""
    return Voice(words_of(request))
