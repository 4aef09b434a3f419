"""Versions of keys: which are known, which is in force, and how one is made and forgotten."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recsys.errors import RunError, SettingsError
from recsys.io.postgres import Connection, Database
from recsys.io.secrets import (
    KEYS,
    ROTATING_KEYS,
    SEALING_KEYS,
    Secrets,
    link_name,
    new_key,
    read_secrets,
    secrets_of_environment,
    secrets_path,
    version_name,
    write_secrets,
)

_HEX = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
# Why a key is never rotated.
FIXED_KEYS = {
    "tombstone_key": "what it hashes is to be found again for ever, also in a restored backup that knows nothing of a "
    "rotation",
    "landing_key": "its files live for one run, so nothing that is old is sealed with it",
}


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a key that is known; of a key that does not rotate the only one."""

    key_name: str
    version: int
    is_in_force: bool
    since: datetime | None
    use: str


def rotating_keys(asked: str) -> list[str]:
    """The names of the keys that `asked` means: pseudonym, contact, quarantine or all, also with `_key`.

    Raises `SettingsError` for a key that is not rotated, with the reason, and for none.
    """
    name = asked if asked.endswith("_key") else f"{asked}_key"
    if asked == "all":
        return list(ROTATING_KEYS)
    if name in ROTATING_KEYS:
        return [name]
    if name in KEYS:
        raise SettingsError(f"{name} is not rotated: {FIXED_KEYS[name]}.", remedy=_choices())
    raise SettingsError("There is no such key.", remedy=_choices())


def key_versions_on(connection: Connection) -> dict[str, int]:
    """The version in force of every key that was ever rotated."""
    return dict(connection.execute("select key_name, max(version) from ops.key_versions group by key_name").fetchall())


def list_versions(database: Database) -> list[KeyVersion]:
    """All versions that are known, and what of retired ones is left; never a value."""
    with database.connect("officer") as connection:
        in_force = key_versions_on(connection)
        rows = connection.execute("select key_name, version, since from ops.key_versions").fetchall()
    since = {(name, version): at for name, version, at in rows}
    found = []
    for name in KEYS:
        for version in _known(database.secrets, name):
            is_in_force = version == in_force.get(name, 1)
            use = _use(database.secrets, name, version, in_force.get(name, 1))
            found.append(KeyVersion(name, version, is_in_force, since.get((name, version)), use))
    return found


def make_version(home: Path, name: str, version: int) -> Secrets:
    """The secrets with `version` of a key, which is made where it is not there; nothing stored uses it yet.

    Raises `SettingsError` where the key comes from the environment, which has no such version.
    """
    secrets = read_secrets(home)
    wanted = version_name(name, version)
    if wanted in secrets.values:
        if not _HEX.fullmatch(secrets.values[wanted]):
            raise SettingsError(f"{wanted} is no key of 32 bytes.", remedy="It must be 64 hexadecimal digits.")
        return secrets
    if version_name(name, version - 1) in secrets_of_environment():
        variables = [wanted, *([link_name(name, version)] if name in SEALING_KEYS else [])]
        raise SettingsError(
            f"{name} comes from the environment, which has no version {version} of it.",
            remedy="Set "
            + " and ".join(f"RECSYS_SECRET_{variable.upper()}" for variable in variables)
            + " to 64 hexadecimal digits each (openssl rand -hex 32), wherever recsys runs. Then rotate again.",
        )
    new = {wanted: new_key()} | ({link_name(name, version): new_key()} if name in SEALING_KEYS else {})
    write_secrets(home, _stored(home) | new)
    return read_secrets(home)


def check_forgettable(secrets: Secrets, name: str, version: int) -> None:
    """Raise `RunError` for a version without which hashes could not be made any more."""
    if name not in SEALING_KEYS:
        raise RunError(
            f"Versions of {name} are never retired: every pseudonym is made by all of them in turn.",
            remedy="An old version alone finds nothing of what is stored now.",
        )
    if not secrets.has_link(name, version):
        raise RunError(
            f"Version {version} of {name} makes hashes, too: it was made before these got secrets of their own.",
            remedy="It has to stay. Versions that come later can be retired.",
        )


def forget_versions(home: Path, name: str, versions: list[int]) -> None:
    """Take versions of a key out of the secrets; what they hash with stays. Raises `SettingsError` for other places."""
    gone = {version_name(name, version) for version in versions}
    from_environment = sorted(gone & secrets_of_environment().keys())
    if from_environment:
        raise SettingsError(
            "Nothing uses the old version any more, but it comes from the environment.",
            remedy="Take " + ", ".join(f"RECSYS_SECRET_{one.upper()}" for one in from_environment) + " out of it.",
        )
    write_secrets(home, {one: value for one, value in _stored(home).items() if one not in gone})


def _known(secrets: Secrets, name: str) -> list[int]:
    if name not in ROTATING_KEYS:
        return [1]
    linked = [version for version in range(1, 1 + len(secrets.values)) if secrets.has_link(name, version)]
    return sorted({*secrets.versions(name), *linked})


def _use(secrets: Secrets, name: str, version: int, in_force: int) -> str:
    if name not in ROTATING_KEYS:
        return "not rotated"
    if version > in_force:
        return "waits for its rotation to be completed"
    if version == in_force:
        return "in force"
    if version not in secrets.versions(name):
        return "retired; hashes are made through it"
    if name in SEALING_KEYS:
        return "opens what is sealed with it; hashes are made through it"
    return "pseudonyms are made through it"


def _stored(home: Path) -> dict[str, str]:
    path = secrets_path(home)
    return dict(json.loads(path.read_text())) if os.path.exists(path) else {}


def _choices() -> str:
    return f"Keys that are rotated: {', '.join(name.removesuffix('_key') for name in ROTATING_KEYS)}, or all."
