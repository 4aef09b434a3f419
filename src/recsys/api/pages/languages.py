"""The languages of the pages: English, which stands in the code, and one for each file of `locale/`."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

from recsys.settings import Settings

SOURCE = "en"
COOKIE = "recsys-language"
_SUFFIX = ".po"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language, and how it writes dates and numbers."""

    language: str
    locale: Locale
    translations: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        """`message` in this language."""
        return self.translations.gettext(message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The form for `n`."""
        return self.translations.ngettext(singular, plural, n)

    def pgettext(self, context: str, message: str) -> str:
        """`message` as it is meant in `context`."""
        return self.translations.pgettext(context, message)


@cache
def languages() -> tuple[str, ...]:
    """ISO 639-1 codes, English first."""
    found = (file.name for file in files(__package__).joinpath("locale").iterdir())
    return (SOURCE, *sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def words_in(language: str) -> Words:
    """The words of one of `languages()`."""
    return Words(language, Locale.parse(_territorial(language)), _translations(language))


def words_of(request: Request) -> Words:
    """In the language that was chosen on the pages, or else the one that the browser prefers, or the bank's own."""
    settings: Settings = request.app.state.settings
    chosen = request.cookies.get(COOKIE, "")
    preferred = [chosen, *_accepted(request.headers.get("accept-language", "")), settings.language]
    return words_in(negotiate_locale(preferred, languages(), sep="-") or SOURCE)


def own_name(language: str) -> str:
    """What its speakers call a language."""
    return str(Locale.parse(language).get_language_name(language) or language).capitalize()


def _territorial(language: str) -> str:
    # English alone would write dates as Americans do, who are not the bank's customers.
    return {"en": "en_GB"}.get(language, language)


def _accepted(header: str) -> Sequence[str]:
    """Languages of an Accept-Language header, the preferred first; what is no language is left out by the caller."""
    weighted = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), place, name.strip()))
        except ValueError:
            continue
    return [name for _, _, name in sorted(weighted) if name and name != "*"]


def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE:
        return gettext.NullTranslations()
    with files(__package__).joinpath("locale", f"{language}{_SUFFIX}").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
