"""Credentials of sources: from the environment or an Airflow connection, never from the file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from recsys.errors import SettingsError
from recsys.feed.clear_secrets import is_reference

Part: TypeAlias = Literal["location", "secret", "login"]
# Names of connection types in Airflow, where SQLAlchemy's differ.
_DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_LOGIN_KEYS = frozenset({"username", "login", "user", "client_id"})


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What `env:NAME` and `airflow:CONNECTION` stand for.

    `connection_uri` gives the URI (or the JSON) of an Airflow connection, None where there is none. Outside Airflow
    that is the variable AIRFLOW_CONN_<CONNECTION>; inside, Airflow is asked, which also knows its own stores.
    """

    environment: Mapping[str, str]
    connection_uri: Callable[[str], str | None]

    def resolve(self, text: str, part: Part = "location") -> str:
        """`text` itself, or the part of the credential that it names.

        Raises:
            SettingsError: there is no such variable or connection.
        """
        if not is_reference(text):
            return text
        kind, _, name = text.partition(":")
        if kind == "env":
            value = self.environment.get(name, "")
            return _with_driver(value) if part == "location" and value else value or _missing(text, name)
        uri = self.connection_uri(name)
        return _part(uri, part) if uri else _missing(text, f"AIRFLOW_CONN_{name.upper()}")

    def resolve_all(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """`values` with every credential in it resolved."""
        return {key: self._resolve_one(key, value) for key, value in values.items()}

    def _resolve_one(self, key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.resolve_all(value)
        return self.resolve(value, "login" if key in _LOGIN_KEYS else "secret") if isinstance(value, str) else value


def from_environment(environment: Mapping[str, str] | None = None) -> Credentials:
    """Credentials outside Airflow: all of them are variables."""
    variables = os.environ if environment is None else environment
    return Credentials(variables, lambda name: variables.get(f"AIRFLOW_CONN_{name.upper()}"))


def _part(uri: str, part: Part) -> str:
    """Airflow keeps a connection as a URI or as JSON; its password is the token of an API."""
    fields = json.loads(uri) if uri.lstrip().startswith("{") else _fields(uri)
    if part == "secret":
        return str(fields.get("password") or "")
    if part == "login":
        return str(fields.get("login") or "")
    scheme = _DRIVERS.get(fields["conn_type"], fields["conn_type"])
    path = str(fields.get("schema") or "")
    port = f":{fields['port']}" if fields.get("port") else ""
    if scheme in ("http", "https"):
        # An API gets its credential by its `auth`, never in the URL. Airflow keeps https in the place of the path.
        return f"{path if path in ('http', 'https') else scheme}://{fields.get('host') or ''}{port}"
    login = quote(str(fields.get("login") or ""), safe="")
    password = quote(str(fields.get("password") or ""), safe="")
    before = f"{login}:{password}@" if login else ""
    return f"{scheme}://{before}{fields.get('host') or ''}{port}/{path}"


def _fields(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    return {
        "conn_type": parts.scheme,
        "login": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": parts.hostname or "",
        "port": parts.port,
        "schema": unquote(parts.path.lstrip("/")),
    }


def _with_driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{_DRIVERS.get(scheme, scheme)}{separator}{rest}"


def _missing(reference: str, name: str) -> str:
    raise SettingsError(f"The credential {reference} is not set.", remedy=f"Set {name} in the environment.")
