"""Who may do what to whom: the one place that says so."""

from __future__ import annotations

from http import HTTPStatus

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.io.portfolios import is_advised_by
from recsys.io.postgres import Connection


def require(principal: Principal, *scopes: Scope) -> None:
    """Raise `Problem` 403 where the principal has none of `scopes`."""
    if not principal.scopes & set(scopes):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "insufficient-scope",
            f"This needs a token with one of the scopes {', '.join(scopes)}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'},
        )


def require_customer(principal: Principal, customer_id: str, connection: Connection, advisor_key: str | None) -> None:
    """Raise `Problem` 404 where the principal may not see this customer.

    A customer is himself, an advisor has his portfolio, a system has everybody. Whoever asks for another's customer
    hears what he hears of nobody: not even that there is one.
    """
    require(principal, Scope.CUSTOMER, Scope.ADVISOR, Scope.SYSTEM)
    if Scope.SYSTEM in principal.scopes:
        return
    if Scope.CUSTOMER in principal.scopes and principal.customer_id == customer_id:
        return
    if Scope.ADVISOR in principal.scopes and advisor_key and is_advised_by(connection, customer_id, advisor_key):
        return
    raise nothing_known()


def nothing_known() -> Problem:
    """The same words for whoever does not exist, is somebody else's, or may be shown nothing."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", "Nothing is known of this customer here.")
