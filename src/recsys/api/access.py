"""Who may do what to whom: the one place that says so."""

from __future__ import annotations

from http import HTTPStatus

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.errors import NotFoundError
from recsys.io.consents import customer_key_of
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

    Whoever asks for another's customer hears what he hears of nobody: not even that there is one.
    """
    require(principal, Scope.CUSTOMER, Scope.ADVISOR, Scope.SYSTEM)
    if not admits(principal, customer_id, connection, settings, reading=reading):
        raise nothing_known()


def admitted_key(
    principal: Principal, customer_id: str, connection: Connection, settings: Settings, *, reading: str
) -> str:
    """The key of a customer whom the principal may see; raises as `require_customer`, and 404 where there is none."""
    require_customer(principal, customer_id, connection, settings, reading=reading)
    try:
        return customer_key_of(connection, customer_id)
    except NotFoundError:
        raise nothing_known() from None


def admits(principal: Principal, customer_id: str, connection: Connection, settings: Settings, *, reading: str) -> bool:
    """A customer is himself, an advisor has his portfolio, a system has everybody.

    An advisor's look is written down as `reading`.
    """
    if admits_at_once(principal, customer_id):
        return True
    if Scope.ADVISOR not in principal.scopes or not principal.advisor_id:
        return False
    secrets = read_secrets(settings.home)
    return admit_advisor(
        connection, secrets, customer_id, principal.advisor_id, asked_by=principal.subject, reading=reading
    )


def admits_at_once(principal: Principal, customer_id: str) -> bool:
    """Whether the token alone lets the principal in; of an advisor only the bank's data says it."""
    return Scope.SYSTEM in principal.scopes or is_self(principal, customer_id)


def is_self(principal: Principal, customer_id: str) -> bool:
    """Whether a customer asks about himself: he may hear why he is shown nothing."""
    return Scope.CUSTOMER in principal.scopes and principal.customer_id == customer_id


def asking(principal: Principal, customer_id: str) -> str:
    """Who asks, for the audit log: of a customer no name, whose entry is about himself and outlives an erasure."""
    return Scope.CUSTOMER.value if is_self(principal, customer_id) else principal.subject


def nothing_known() -> Problem:
    """The same words for whoever does not exist, is somebody else's, or may be shown nothing."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", "Nothing is known of this customer here.")
