"""The keys and passwords of one installation: from its secrets file, or from the environment of a server."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from recsys.errors import SettingsError
from recsys.privacy.keys import VersionedKey

KEYS = ("pseudonym_key", "contact_key", "landing_key", "quarantine_key", "tombstone_key")
# Keys of which several versions may be known; which one is in force stands in the database.
ROTATING_KEYS = ("pseudonym_key", "contact_key", "quarantine_key")
# These seal as well as hash. What they hash with is a secret of its own, so that an old version can be forgotten that
# nothing is sealed with any more, although hashes go on being made through it.
SEALING_KEYS = ("contact_key", "quarantine_key")
ROLES = (
    "admin",
    "ingest",
    "transform",
    "training",
    "publisher",
    "downstream",
    "api",
    "reporting",
    "engineer",
    "officer",
    "airflow",
    "mlflow",
)
SERVICE_KEYS = (
    "airflow_fernet_key",
    "airflow_jwt_secret",
    "airflow_api_secret",
    "airflow_ui_password",
    "mlflow_ui_password",
    "mlflow_ui_secret",
    "pages_session_secret",
)
NAMES = (*KEYS, *(f"{role}_password" for role in ROLES), *SERVICE_KEYS)


_VERSIONED = re.compile(rf"({'|'.join(ROTATING_KEYS)})(?:_v([1-9]\d*))?(_link)?", re.IGNORECASE)
_PREFIX = "RECSYS_SECRET_"


@dataclass(frozen=True, repr=False)
class Secrets:
    """All secrets by name. Its `repr` shows none of them.

    `in_force` tells the version of each rotating key that is in force; without it there is only the first.
    """

    values: Mapping[str, str]
    in_force: Callable[[], Mapping[str, int]] | None = field(default=None, compare=False)

    def key(self, name: str) -> bytes:
        """A 32-byte key; of a rotating one the version in force, as a `VersionedKey`."""
        if name not in ROTATING_KEYS:
            return bytes.fromhex(self._value(name))
        return self.version(name, self.in_force().get(name, 1) if self.in_force else 1)

    def version(self, name: str, version: int) -> VersionedKey:
        """A rotating key as it is while `version` is in force."""
        own = bytes.fromhex(self._value(version_name(name, version)))
        links = (self._link(name, earlier) for earlier in range(1, version + 1))
        others = (self.values[version_name(name, other)] for other in self.versions(name) if other != version)
        return VersionedKey(own, tuple(links), tuple(map(bytes.fromhex, others)))

    def versions(self, name: str) -> list[int]:
        """The versions of a rotating key of which the key itself is known, ascending."""
        found = (_VERSIONED.fullmatch(known) for known in self.values)
        return sorted(int(match[2] or 1) for match in found if match and match[1] == name and not match[3])

    def has_link(self, name: str, version: int) -> bool:
        """Whether hashes are made through a version with a secret of its own, not with the key itself."""
        return link_name(name, version) in self.values

    def _link(self, name: str, version: int) -> bytes:
        own = link_name(name, version)
        return bytes.fromhex(self._value(own if own in self.values else version_name(name, version)))

    def password(self, role: str) -> str:
        """The database password of `role`."""
        return self._value(f"{role}_password")

    def service_key(self, name: str) -> str:
        """A secret of Airflow, of MLflow or of the pages."""
        return self._value(name)

    def _value(self, name: str) -> str:
        if name not in self.values:
            raise SettingsError(
                f"The secret {name} is missing.",
                remedy=f"Run `recsys up`, or set {_PREFIX}{name.upper()} on a server of your own.",
            )
        return self.values[name]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self.values))})"


def read_secrets(home: Path) -> Secrets:
    """The secrets of `home`; a variable `RECSYS_SECRET_<NAME>` wins over the file."""
    values: dict[str, str] = {}
    path = secrets_path(home)
    if path.exists():
        values.update(json.loads(path.read_text()))
    return Secrets(values | secrets_of_environment())


def secrets_of_environment() -> dict[str, str]:
    """The secrets that the environment holds, by name."""
    ours = ((variable, value) for variable, value in os.environ.items() if variable.startswith(_PREFIX) and value)
    found = {variable.removeprefix(_PREFIX).lower(): value for variable, value in ours}
    return {name: value for name, value in found.items() if name in NAMES or _VERSIONED.fullmatch(name)}


def version_name(name: str, version: int) -> str:
    """What a version of a key is called among the secrets."""
    return name if version == 1 else f"{name}_v{version}"


def link_name(name: str, version: int) -> str:
    """What the secret is called by which a version of a sealing key hashes."""
    return f"{version_name(name, version)}_link"


def create_secrets(home: Path) -> Secrets:
    """Make the secrets that `home` lacks, in a file that only its owner may read; existing ones stay."""
    path = secrets_path(home)
    values = json.loads(path.read_text()) if path.exists() else {}
    # A key whose first version was retired is not missing.
    known = Secrets(values)
    missing = [name for name in NAMES if name not in values and not (name in ROTATING_KEYS and known.versions(name))]
    if missing:
        links = [link_name(name, 1) for name in missing if name in SEALING_KEYS]
        write_secrets(home, values | {name: _new_secret(name) for name in (*missing, *links)})
    return read_secrets(home)


def write_secrets(home: Path, values: Mapping[str, str]) -> None:
    """Put `values` in the place of the secrets file, which only its owner may read."""
    path = secrets_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.touch(mode=0o600)
    with aside.open("w") as file:
        file.write(json.dumps(values, indent=2))
        # A key that was lost would take everything with it that was sealed under it.
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def new_key() -> str:
    """32 random bytes as 64 hex digits."""
    return secrets.token_hex(32)


def secrets_path(home: Path) -> Path:
    """Where `home` keeps its secrets."""
    return home / "secrets.json"


def _new_secret(name: str) -> str:
    if name == "airflow_fernet_key":
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()
    return new_key() if _VERSIONED.fullmatch(name) or name in KEYS else secrets.token_hex(24)
