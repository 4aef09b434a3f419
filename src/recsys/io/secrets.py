"""The keys and passwords of one installation: from its secrets file, or from the environment of a server."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recsys.errors import SettingsError

KEYS = ("pseudonym_key", "contact_key", "landing_key", "quarantine_key", "tombstone_key")
ROLES = (
    "admin",
    "ingest",
    "transform",
    "training",
    "publisher",
    "downstream",
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
)
NAMES = (*KEYS, *(f"{role}_password" for role in ROLES), *SERVICE_KEYS)


@dataclass(frozen=True, repr=False)
class Secrets:
    """All secrets by name. Its `repr` shows none of them."""

    values: Mapping[str, str]

    def key(self, name: str) -> bytes:
        """A 32-byte key."""
        return bytes.fromhex(self._value(name))

    def password(self, role: str) -> str:
        """The database password of `role`."""
        return self._value(f"{role}_password")

    def service_key(self, name: str) -> str:
        """A secret of Airflow's or MLflow's services."""
        return self._value(name)

    def _value(self, name: str) -> str:
        if name not in self.values:
            raise SettingsError(
                f"The secret {name} is missing.",
                remedy=f"Run `recsys up`, or set RECSYS_SECRET_{name.upper()} on a server of your own.",
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
    for name in NAMES:
        if from_environment := os.environ.get(f"RECSYS_SECRET_{name.upper()}"):
            values[name] = from_environment
    return Secrets(values)


def create_secrets(home: Path) -> Secrets:
    """Make the secrets that `home` lacks, in a file that only its owner may read; existing ones stay."""
    path = secrets_path(home)
    values = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in NAMES if name not in values]
    if missing:
        values |= {name: _new_secret(name) for name in missing}
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(values, indent=2))
        aside.replace(path)
    return read_secrets(home)


def secrets_path(home: Path) -> Path:
    """Where `home` keeps its secrets."""
    return home / "secrets.json"


def _new_secret(name: str) -> str:
    if name == "airflow_fernet_key":
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()
    return secrets.token_hex(32) if name in KEYS else secrets.token_hex(24)
