"""Who may sign in at the embedded issuer, in a file of the home, with passwords that nobody can read from it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# 16 MB and about a tenth of a second for a guess: one of OWASP's settings for scrypt (Password Storage Cheat Sheet).
_COST = {"n": 2**14, "r": 8, "p": 5, "maxmem": 64 * 2**20}
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Account:
    """A customer, an advisor, somebody of operations or a system, with the one scope that this makes of them."""

    name: str
    scope: str
    customer_id: str | None = None
    advisor_id: str | None = None

    def get_user_id(self) -> str:
        """The subject of tokens, by the name that Authlib calls it."""
        return self.name

    def claims(self) -> dict[str, str]:
        """The bank's own ids of them, as far as there are."""
        ids = {"customer_id": self.customer_id, "advisor_id": self.advisor_id}
        return {name: value for name, value in ids.items() if value is not None}


def replace_accounts(home: Path, accounts: Sequence[Account]) -> dict[str, str]:
    """Let these sign in and nobody else; their new passwords by name, which are kept nowhere."""
    passwords = {account.name: secrets.token_urlsafe(15) for account in accounts}
    rows = [{**asdict(account), "password": _hashed(passwords[account.name])} for account in accounts]
    path = _path(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(rows, file, indent=2)
    aside.replace(path)
    return passwords


def find_account(home: Path, name: str) -> Account | None:
    """The account of that name."""
    return next((_account(row) for row in _rows(home) if row["name"] == name), None)


def sign_in(home: Path, name: str, password: str) -> Account | None:
    """The account of that name, if that is its password; whether there is one cannot be told from the time it takes."""
    row = next((row for row in _rows(home) if row["name"] == name), None)
    expected: str = row["password"] if row else f"{secrets.token_hex(_SALT_BYTES)}:"
    salt = bytes.fromhex(expected.partition(":")[0])
    is_right = hmac.compare_digest(_hashed(password, salt), expected)
    return _account(row) if row and is_right else None


def _hashed(password: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    return f"{salt.hex()}:{hashlib.scrypt(password.encode(), salt=salt, **_COST).hex()}"


def _account(row: dict[str, Any]) -> Account:
    return Account(**{name: value for name, value in row.items() if name != "password"})


def _rows(home: Path) -> list[dict[str, Any]]:
    path = _path(home)
    return list(json.loads(path.read_text())) if path.exists() else []


def _path(home: Path) -> Path:
    return home / "issuer" / "accounts.json"
