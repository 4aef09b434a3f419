"""Which language models read the texts: one, or several whose findings count together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from recsys.errors import SettingsError
from recsys.privacy import rampart
from recsys.privacy.persons import SMALL_MODEL, find_persons, is_one_small_word, is_one_word_in_capitals
from recsys.privacy.rampart_recogniser import rampart_recogniser
from recsys.privacy.spans import Span
from recsys.privacy.worth_reading import is_worth_reading

SMALL = "small"
RAMPART = "rampart"
NONE = "none"
DEFAULT_NER = RAMPART


def parse_engines(ner: str) -> tuple[str, ...]:
    """The engines that a setting such as `small+rampart` names; `none` is none.

    Raises `SettingsError` for a name that is neither an engine nor an installed spaCy package: nothing is downloaded.
    """
    names = tuple(dict.fromkeys(name.strip() for name in ner.split("+")))
    if names == (NONE,):
        return ()
    for name in names:
        if not _is_installed(name):
            raise SettingsError(
                f"RECSYS_NER names {name!r}, expected {SMALL}, {RAMPART} or an installed spaCy package, joined by +.",
                remedy="Install the package of that model in this environment, or choose another engine.",
            )
    return names


def read_entities(texts: Sequence[str], engines: Sequence[str]) -> list[list[Span]]:
    """For each text what all `engines` find in it, in no order; spans may overlap."""
    found: list[list[Span]] = [[] for _ in texts]
    places = [place for place, text in enumerate(texts) if is_worth_reading(text)]
    read = [texts[place] for place in places]
    for engine in engines:
        spans = _read_with_rampart(read) if engine == RAMPART else find_persons(read, _package(engine))
        for place, more in zip(places, spans, strict=True):
            found[place] += more
    return found


def _read_with_rampart(texts: Sequence[str]) -> list[list[Span]]:
    results = rampart_recogniser().analyze_batch(texts)
    return [
        [
            Span(result.start, result.end, result.entity_type)
            for result in found
            if not is_one_small_word(text) and not is_one_word_in_capitals(text)
        ]
        for text, found in zip(texts, results, strict=True)
    ]


def _package(engine: str) -> str:
    return SMALL_MODEL if engine == SMALL else engine


def _is_installed(engine: str) -> bool:
    if engine == RAMPART:
        return rampart.is_installed()
    package = _package(engine)
    return package.isidentifier() and find_spec(package) is not None and _has_model(package)


def _has_model(package: str) -> bool:
    """Whether `package` is a spaCy model: a package with `meta.json` beside its code."""
    from pathlib import Path

    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return any((Path(folder) / "meta.json").exists() for folder in folders or ())
