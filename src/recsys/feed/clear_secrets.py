"""Secrets that stand in `sources.toml` in clear text, and are refused there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from recsys.errors import FeedFileError

REFERENCE = re.compile(r"^(env|airflow):[A-Za-z0-9_.-]+$")
_REMEDY = "Write env:NAME for a variable of the environment, or airflow:CONNECTION, and keep the secret there."
_SECRET_KEY = re.compile(
    r"pass(word|wd|phrase)?$|token|secret|api_?-?key|^key$|account_key|sas|authorization|credential|signature", re.I
)
# Names of these stand beside secrets and are none themselves.
_HARMLESS_KEYS = frozenset({"location", "type", "name", "token_url", "access_token_url", "cursor_param"})
_USER_AND_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
_SECRET_IN_QUERY = re.compile(r"[?&;](pass(word|wd)?|pwd|[a-z_]*token|secret|sig|[a-z_]*api_?key|key)=[^&]+", re.I)


def is_reference(text: str) -> bool:
    """Whether `text` names a credential instead of holding it."""
    return REFERENCE.match(text) is not None


def refuse_clear_secrets(values: Mapping[str, Any], where: str) -> None:
    """Raise `FeedFileError` where a text in `values` holds a password or token itself; the error never quotes it."""
    for key, value in values.items():
        if key == "columns":
            continue
        if isinstance(value, Mapping):
            refuse_clear_secrets(value, f"{where}, {key}")
        elif isinstance(value, str) and not is_reference(value) and _is_secret(key, value):
            raise FeedFileError(f"{where}: {key} holds a secret in clear text.", remedy=_REMEDY)


def _is_secret(key: str, value: str) -> bool:
    if _USER_AND_PASSWORD.search(value) or _SECRET_IN_QUERY.search(value):
        return True
    return key not in _HARMLESS_KEYS and _SECRET_KEY.search(key) is not None
