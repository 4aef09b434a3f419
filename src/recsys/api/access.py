"""Who may do what to whom: the one place that says so."""

from __future__ import annotations

from http import HTTPStatus

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.io.portfolios import admit_advisor
from recsys.io.postgres import Connection
from recsys.io.secrets import read_secrets
from recsys.settings import Settings


def require(principal: Principal, *scopes: Scope) -> None:
    """Raise `Problem` 403 where the principal has none of `scopes`."""
    if not principal.scopes & set(scopes):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "insufficient-scope",
            f"This needs a token with one of the scopes {', '.join(scopes)}.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(scopes)}"'},
        )


def require_customer(
    principal: Principal, customer_id: str, connection: Connection, settings: Settings, *, reading: str
) -> None:
    """Raise `Problem` 404 where the principal may not see this customer.

    A customer is himself, an advisor has his portfolio, a system has everybody. Whoever asks for another's customer
    hears what he hears of nobody: not even that there is one. An advisor's look is written down as `reading`.
    """
    require(principal, Scope.CUSTOMER, Scope.ADVISOR, Scope.SYSTEM)
    if Scope.SYSTEM in principal.scopes or is_self(principal, customer_id):
        return
    if Scope.ADVISOR in principal.scopes and principal.advisor_id:
        secrets = read_secrets(settings.home)
        if admit_advisor(
            connection, secrets, customer_id, principal.advisor_id, asked_by=principal.subject, reading=reading
        ):
            return
    raise nothing_known()


def is_self(principal: Principal, customer_id: str) -> bool:
    """Whether a customer asks about himself: he may hear why he is shown nothing."""
    return Scope.CUSTOMER in principal.scopes and principal.customer_id == customer_id


def nothing_known() -> Problem:
    """The same words for whoever does not exist, is somebody else's, or may be shown nothing."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", "Nothing is known of this customer here.")
