"""What goes wrong at a source, with its remedy. Messages of drivers may hold secrets, so none is quoted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recsys.errors import RecsysError, SourceError
from recsys.feed.clear_secrets import is_reference
from recsys.io.sources.mapping import ColumnMapping

_REFUSED = ("password", "authentication", "access denied", "login failed", "no pg_hba.conf entry", "role ")
_SLOW = ("timeout", "timed out")


@contextmanager
def sql_troubles(mapping: ColumnMapping, location: str) -> Iterator[None]:
    """Errors of a database, or of its driver, as a `SourceError`."""
    import sqlalchemy.exc as sql

    try:
        yield
    except RecsysError:
        raise
    except sql.NoSuchModuleError:
        raise _error(mapping, "no driver for this kind of database", "install its SQLAlchemy dialect") from None
    except sql.DBAPIError as error:
        raise _sql_error(mapping, location, error) from None
    except Exception as error:
        # dlt wraps what a driver raises while rows are fetched.
        cause = _of_kind(error, (sql.DBAPIError, RecsysError))
        if isinstance(cause, sql.DBAPIError):
            raise _sql_error(mapping, location, cause) from None
        if cause is None:
            raise
        raise cause from None


@contextmanager
def rest_troubles(mapping: ColumnMapping, credential: str) -> Iterator[None]:
    """Errors of an API as a `SourceError`."""
    import requests

    try:
        yield
    except RecsysError:
        raise
    except Exception as error:
        cause = _of_kind(error, (requests.RequestException, RecsysError))
        if cause is None:
            raise
        if isinstance(cause, RecsysError):
            raise cause from None
        raise _rest_error(mapping, credential, cause) from None


def slow(mapping: ColumnMapping, seconds: float) -> SourceError:
    """The source has not answered in time."""
    return _error(mapping, f"slow: no answer within {seconds:g} s", "ask its owner, or say a longer --timeout")


def _sql_error(mapping: ColumnMapping, location: str, error: Any) -> SourceError:
    """By the words of the drivers: each has codes of its own, and for a connection that failed often none."""
    import sqlalchemy.exc as sql

    message, origin = str(error.orig).casefold(), mapping.table.origin
    if "permission denied" in message:
        return _error(mapping, f"not permitted to read {origin}", "grant it to the role that connects")
    if not isinstance(error, sql.OperationalError | sql.InterfaceError):
        return _error(mapping, f"its database refuses the query ({type(error.orig).__name__})", "ask its owner")
    if any(word in message for word in _SLOW):
        return _error(mapping, "unreachable: no answer from its host", _network(location))
    if any(word in message for word in _REFUSED):
        return _error(mapping, "password refused", _correct(location))
    if "database" in message and "does not exist" in message:
        return _error(mapping, "missing database", f"correct its name in {location}")
    return _error(mapping, "unreachable: its host or port does not answer", _network(location))


def _rest_error(mapping: ColumnMapping, credential: str, error: BaseException) -> SourceError:
    import requests

    status = error.response.status_code if isinstance(error, requests.HTTPError) and error.response is not None else 0
    if status in (401, 403):
        return _error(mapping, f"password refused (HTTP {status})", _correct(credential))
    if status == 404:
        return _error(mapping, f"missing path {mapping.table.origin} (HTTP 404)", "correct origin in sources.toml")
    if status == 429:
        return _error(mapping, "too many requests (HTTP 429)", "lower max_requests_per_second in sources.toml")
    if status:
        return _error(mapping, f"it answers HTTP {status}", "ask its owner")
    if isinstance(error, requests.Timeout):
        return _error(mapping, "slow: no answer in time", "ask its owner, or raise timeout_seconds in sources.toml")
    if isinstance(error, requests.JSONDecodeError):
        return _error(mapping, "its answer is no JSON", "correct location and origin in sources.toml")
    return _error(mapping, "unreachable: its host or port does not answer", _network(mapping.source.location))


def _error(mapping: ColumnMapping, trouble: str, remedy: str) -> SourceError:
    return SourceError(f"{mapping.name}: {trouble}.", remedy=f"{remedy[0].upper()}{remedy[1:]}.")


def _correct(reference: str) -> str:
    return f"correct the credential {reference}" if is_reference(reference) else "correct its credential"


def _network(reference: str) -> str:
    where = f"host and port in {reference}" if is_reference(reference) else "location in sources.toml"
    return f"correct {where}, or open the network to it"


def _of_kind(error: BaseException | None, kinds: tuple[type[BaseException], ...]) -> BaseException | None:
    while error is not None and not isinstance(error, kinds):
        error = error.__cause__ or error.__context__
    return error
