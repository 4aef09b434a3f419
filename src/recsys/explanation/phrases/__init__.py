"""The words of one language: a file of this folder for each, all with the keys of English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from recsys.errors import SettingsError

ENGLISH = "en"

# A phrase by the way to it, such as `things.age_years.between`.
Phrases = Mapping[str, str]

_SUFFIX = ".toml"


def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that there are phrases in, ascending."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def phrases_in(language: str) -> Phrases:
    """The phrases of `language`. Raises `SettingsError` where there are none, or where they differ from English."""
    if language not in languages():
        raise SettingsError(
            f"There are no phrases in the language {language!r}: there are {', '.join(languages())}.",
            remedy="Set RECSYS_LANGUAGE to one of them, or add a file to src/recsys/explanation/phrases.",
        )
    phrases = _read(language)
    return phrases if language == ENGLISH else check_phrases(language, phrases, phrases_in(ENGLISH))


def check_phrases(language: str, phrases: Phrases, english: Phrases) -> Phrases:
    """`phrases` themselves, where they have the keys and the places of `english`; else `SettingsError` is raised."""
    differing = sorted(
        key for key in phrases.keys() | english.keys() if _places(phrases.get(key)) != _places(english.get(key))
    )
    if differing:
        raise SettingsError(
            f"The phrases in {language} differ from the English ones, in their places or by being there, at "
            f"{', '.join(differing)}.",
            remedy=f"Mend {language}{_SUFFIX} in src/recsys/explanation/phrases.",
        )
    return phrases


def _read(language: str) -> Phrases:
    text = files(__name__).joinpath(f"{language}{_SUFFIX}").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def _flat(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield before + key, value
        else:
            yield from _flat(value, f"{before}{key}.")


def _places(phrase: str | None) -> list[str] | None:
    return None if phrase is None else sorted(re.findall(r"{(\w*)}", phrase))
