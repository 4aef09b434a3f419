"""How long rows stay and what an erasure does to them: the packaged policy (see `places`) with what a bank changes.

`retention.toml` has one table for each place of the database, such as `[raw.transactions]`, or of the home, such as
`[files.reports]`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from recsys.errors import SettingsError
from recsys.privacy.file_places import FILE_PLACE_BY_NAME, FILE_PLACES, FilePlace
from recsys.privacy.places import PLACE_BY_NAME, PLACES, FoundBy, OnErasure, Place

FILE_NAME = "retention.toml"
REMEDY = "`recsys privacy retention --dry-run` shows the policy in force; docs/retention.md describes retention.toml."
KEYS: Mapping[str, str] = {
    "keep_days": "Days after which a row goes.",
    "on_erasure": "erase, or restrict: sealed aside, used for the duty alone, then erased.",
    "restrict_days": "Days for which restricted rows stay.",
    "duty": "The law that asks for it; needed to keep or restrict longer than the packaged policy does.",
}

# Five folds of sixty days are laid backwards from the data's date, and each needs the rows that its features and
# rules look back on (`tests/unit/privacy/test_retention.py` holds these against the code that looks).
FOLD_DAYS = 300
LEAST_DAYS: Mapping[str, tuple[int, str]] = {
    "raw.transactions": (365 + FOLD_DAYS, "features such as spend_365d of the oldest fold look as far back"),
    "raw.surveys": (730 + FOLD_DAYS, "a questionnaire is valid for two years, in the oldest fold as well"),
    "raw.holdings": (60 + FOLD_DAYS, "training and its folds learn from openings as old as that"),
    "raw.interactions": (365, "a product may set that a refusal counts for a year"),
    "ops.feedback": (365, "a refusal given here counts as long as one of raw.interactions"),
    "ops.advisor_decisions": (366, "what an advisor decides holds for up to a year"),
    "ops.privacy_requests": (3 * 365, "who claims that a right was not honoured has three years to do so"),
    "ops.audit_log": (3 * 365, "who claims that a right was not honoured has three years to do so"),
}

# `dated_by` of rows that go with their publication's partition.
PUBLICATION = "publication_id"


@dataclass(frozen=True, slots=True)
class Override:
    """What a bank changes of one place; None: as packaged."""

    place: str
    keep_days: int | None = None
    on_erasure: OnErasure | None = None
    restrict_days: int | None = None
    duty: str | None = None


def effective_places(overrides: Iterable[Override] = ()) -> tuple[Place, ...]:
    """Every place of `places`, in its order, with the bank's `overrides`."""
    changed = {override.place: override for override in overrides}
    return tuple(_with(place, changed.get(place.name)) for place in PLACES)


def effective_file_places(overrides: Iterable[Override] = ()) -> tuple[FilePlace, ...]:
    """Every place of `file_places`, in its order, with the bank's `overrides`."""
    changed = {override.place: override.keep_days for override in overrides}
    return tuple(replace(place, keep_days=changed.get(place.name) or place.keep_days) for place in FILE_PLACES)


def dated_places(places: Iterable[Place]) -> tuple[Place, ...]:
    """Those of `places` whose rows go by age."""
    return tuple(place for place in places if place.dated_by and place.keep_days)


def parse_retention(content: bytes, *, source: str = FILE_NAME) -> tuple[Override, ...]:
    """The changes in `content`, the bytes of a `retention.toml`.

    Raises:
        SettingsError: it is not TOML, names a table or key that is not known, or asks for what a duty, the features or
            the principle of storage limitation forbid.
    """
    try:
        text = content.decode("utf-8-sig")
        values = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{source} is not TOML in UTF-8: {error}.", remedy=REMEDY) from error
    return tuple(
        _Reader(text, source, name).read(keys)
        for schema, tables in values.items()
        for name, keys in _tables(schema, tables, text, source)
    )


def _with(place: Place, override: Override | None) -> Place:
    if override is None:
        return place
    changed = replace(
        place,
        keep_days=override.keep_days or place.keep_days,
        on_erasure=override.on_erasure or place.on_erasure,
        restrict_days=override.restrict_days or place.restrict_days,
        duty=override.duty or place.duty,
    )
    is_bound = changed.on_erasure is OnErasure.RESTRICT
    return changed if is_bound else replace(changed, restrict_days=None)


def _as_place(files: FilePlace) -> Place:
    """Files have a period, and what is in them is nobody's or goes with the request that made it."""
    found_by = FoundBy.SEARCH if files.is_personal else FoundBy.NOBODY
    return Place(
        files.name, files.holds, files.purpose, found_by, (), "changed", files.keep_days, on_erasure=OnErasure.KEEP
    )


def _tables(schema: str, tables: Any, text: str, source: str) -> Iterable[tuple[str, dict[str, Any]]]:
    if not isinstance(tables, dict):
        where = f"{source}{_line_of(text, '', schema)}"
        raise SettingsError(f"{where}: {schema} stands outside a table.", remedy="Begin with [schema.table].")
    for table, keys in tables.items():
        name = f"{schema}.{table}"
        where = f"{source}{_line_of(text, name)}"
        known = {**PLACE_BY_NAME, **FILE_PLACE_BY_NAME}
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`recsys privacy places` lists them."
            raise SettingsError(f"{where}: there is no place {name}.", remedy=hint)
        if not isinstance(keys, dict):
            raise SettingsError(f"{where}: {name} is no table.", remedy=f"Write [{name}] with its keys below.")
        yield name, keys


class _Reader:
    """Reads one table of the file; its errors say file, line, table and key."""

    def __init__(self, text: str, source: str, name: str) -> None:
        self._text, self._source, self._name = text, source, name
        self._place = PLACE_BY_NAME[name] if name in PLACE_BY_NAME else _as_place(FILE_PLACE_BY_NAME[name])

    def read(self, keys: Mapping[str, Any]) -> Override:
        for key in keys:
            if key not in KEYS:
                raise self._error(key, "is not a key of retention", f"The keys are {', '.join(KEYS)}.")
        override = Override(
            self._name, self._days(keys, "keep_days"), self._on_erasure(keys), self._days(keys, "restrict_days"),
            self._duty(keys),
        )  # fmt: skip
        self._check_period(override)
        self._check_restriction(override)
        return override

    def _days(self, keys: Mapping[str, Any], key: str) -> int | None:
        days = keys.get(key)
        if key in keys and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
            raise self._error(key, "must be a whole number of days above 0", f"Write, for example, {key} = 365.")
        return days

    def _on_erasure(self, keys: Mapping[str, Any]) -> OnErasure | None:
        if "on_erasure" not in keys:
            return None
        if self._place.on_erasure is OnErasure.KEEP:
            what = self._place.duty or "no person's rows are looked for in it"
            raise self._error("on_erasure", f"cannot be changed: {what}", "Leave the key out.")
        if keys["on_erasure"] not in ("erase", "restrict"):
            raise self._error("on_erasure", "must be erase or restrict", 'Write on_erasure = "erase".')
        return OnErasure(keys["on_erasure"])

    def _duty(self, keys: Mapping[str, Any]) -> str | None:
        duty = keys.get("duty")
        if "duty" in keys and (not isinstance(duty, str) or not duty.strip()):
            raise self._error("duty", "must name a law in words", "Leave the key out, or name the law.")
        return duty

    def _check_period(self, override: Override) -> None:
        days, packaged = override.keep_days, self._place.keep_days
        if days is None:
            return
        if self._place.dated_by is None:
            what = "has no meaning: rows of this table have no date of their own, they go with the customer or the run"
            raise self._error("keep_days", what, "Leave the key out.")
        least, reason = LEAST_DAYS.get(self._name, (1, ""))
        if days < least:
            what = f"is {days}, but {reason}"
            raise self._error("keep_days", what, f"Keep at least {least} days.")
        if self._place.is_personal and packaged is not None and days > packaged and not override.duty:
            what = f"is {days}, longer than the {packaged} days of the packaged policy (GDPR art. 5(1)(e))"
            raise self._error("keep_days", what, "Name the law that asks for it in `duty`, or keep rows shorter.")

    def _check_restriction(self, override: Override) -> None:
        place = self._place
        wanted = override.on_erasure or place.on_erasure
        if override.restrict_days is not None and wanted is not OnErasure.RESTRICT:
            what = "has no meaning: an erasure restricts nothing here"
            raise self._error("restrict_days", what, 'Add on_erasure = "restrict", or leave the key out.')
        if wanted is not OnErasure.RESTRICT:
            return
        days = override.restrict_days or place.restrict_days
        if days is None or not (override.duty or place.duty):
            what = "is restrict, without the law that asks for it or how long it binds"
            raise self._error("on_erasure", what, "Add `duty` and `restrict_days`.")
        if place.restrict_days and days != place.restrict_days and not override.duty:
            what = f"is {days}, but {place.duty} binds for {place.restrict_days} days"
            raise self._error("restrict_days", what, "Name the law that says otherwise in `duty`.")

    def _error(self, key: str, what: str, remedy: str) -> SettingsError:
        where = f"{self._source}{_line_of(self._text, self._name, key)}"
        return SettingsError(f"{where}, [{self._name}]: {key} {what}.", remedy=remedy)


def _line_of(text: str, table: str, key: str = "") -> str:
    """`, line n` of a table's header or of a key below it; nothing where the file is written in another way."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            current = header[1].replace('"', "").replace(" ", "")
            if current == table and not key:
                return f", line {number}"
        elif key and current == table and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
            return f", line {number}"
    return ""
