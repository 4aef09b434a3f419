"""What goes wrong at a folder or an object store, with its remedy. Messages of drivers may hold secrets: none is shown.

Each driver has errors of its own, and most are not installed, so they are told apart by the names of their kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from recsys.errors import RecsysError, SourceError
from recsys.feed.clear_secrets import is_reference
from recsys.feed.sources import Source, SourceTable

_REFUSED = frozenset(
    {
        "PermissionError", "NoCredentialsError", "PartialCredentialsError", "ClientAuthenticationError",
        "AuthenticationException", "DefaultCredentialsError", "RefreshError",
    }
)  # fmt: skip
_REFUSED_STATUSES = frozenset({401, 403})
_UNREACHABLE = frozenset(
    {
        "ConnectionError", "ClientConnectionError", "EndpointConnectionError", "ServiceRequestError", "gaierror",
        "SSHException", "TransportError", "ConnectTimeoutError", "ReadTimeoutError", "TimeoutError",
    }
)  # fmt: skip


@contextmanager
def file_troubles(source: Source, table: SourceTable) -> Iterator[None]:
    """Errors of a file system, or of its driver, as a `SourceError`."""
    try:
        yield
    except RecsysError:
        raise
    except Exception as error:
        trouble, remedy = _told(source, list(_causes(error)))
        raise SourceError(f"{source.name}.{table.name}: {trouble}.", remedy=f"{remedy}.") from None


def _told(source: Source, errors: list[BaseException]) -> tuple[str, str]:
    kinds = {kind.__name__ for error in errors for kind in type(error).__mro__}
    where = source.location if is_reference(source.location) else "location in sources.toml"
    if kinds & _REFUSED or any(getattr(error, "status", None) in _REFUSED_STATUSES for error in errors):
        return "password refused", f"Correct {_credentials(source.options.get('options', {})) or where}"
    if "FileNotFoundError" in kinds:
        return "missing bucket, folder or file", f"Correct {where}, or let it be made"
    if kinds & _UNREACHABLE:
        return "unreachable: its host or port does not answer", f"Correct {where}, or open the network to it"
    if "ImportError" in kinds:
        return f"no driver for {_protocol(source)}", "Install the driver of fsspec for it"
    if "ValueError" in kinds and any(str(error).startswith("Protocol not known") for error in errors):
        return f"no such kind of store as {_protocol(source)}", f"Correct {where}"
    if "TypeError" in kinds:
        return "its driver does not take its options", f"Correct options in [sources.{source.name}] of sources.toml"
    return f"it cannot be listed: {type(errors[-1]).__name__}", f"Correct {where}, or ask its owner"


def _protocol(source: Source) -> str:
    """Of a location that a credential holds nothing is shown."""
    return "its location" if is_reference(source.location) else f"{source.location.partition('://')[0]}://"


def _credentials(options: Mapping[str, Any]) -> str:
    """The credentials in the options of a driver, by their references."""
    return ", ".join(f"the credential {value}" for value in _texts(options.values()) if is_reference(value))


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, str):
            yield value


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
