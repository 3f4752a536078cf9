"""Who may call a route: what it declares, and what is read of it."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any, TypeVar
from weakref import WeakSet

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from api.http import asking
from api.http.auth import EVERY_ROLE, Principal, authenticated
from api.http.limits import limits_of
from models.actor import Role
from models.base import Value
from models.errors import Forbidden


class Only:
    """A dependency: the caller, if they have one of the roles."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, principal: Annotated[Principal, Depends(authenticated)]) -> Principal:
        if principal.role not in self.roles:
            raise Forbidden(
                "role-not-allowed",
                f"This is not for the role {principal.role}.",
                allowed=sorted(self.roles),
            )
        return principal


def only(*roles: Role) -> Only:
    """The dependency that lets these roles in and refuses others with 403 `role-not-allowed`."""
    return Only(frozenset(roles))


class Policy(Value):
    """Who may call a route: everybody, or who holds a token in one of the roles."""

    public: bool = False
    roles: frozenset[Role] = EVERY_ROLE


_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_PUBLIC: WeakSet[Callable[..., Any]] = WeakSet()


def public(endpoint: _Endpoint) -> _Endpoint:
    """Mark an endpoint as meant for everybody, without a token."""
    _PUBLIC.add(endpoint)
    return endpoint


async def admitted_by_address(request: Request) -> None:
    """Let whoever needs no token in, as often as one address may.

    Raises:
        RateLimited: `rate-limited`.
    """
    if "put_off" in request.scope:
        return
    if request.scope.get("endpoint") in _PUBLIC or "authorization" not in request.headers:
        await limits_of(request).admit(request, asking.caller() or "")


def policy_of(route: BaseRoute | RouteContext) -> Policy | None:
    """The policy a route declares, or None: that is a mistake, and a test's business."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    calls = list(_calls(dependant)) if dependant else []
    limits = [call.roles for call in calls if isinstance(call, Only)]
    if authenticated in calls:
        return Policy(roles=EVERY_ROLE.intersection(*limits))
    if getattr(route, "endpoint", None) in _PUBLIC:
        return Policy(public=True)
    return None


def policies(app: FastAPI) -> dict[str, Policy | None]:
    """Every route of the application, as `GET /tickets/{ticket_id}`, with its policy."""
    return {
        f"{method} {route.path}": policy_of(route)
        for route in iter_route_contexts(app.routes)
        for method in sorted(route.methods or {"ANY"})
    }


def _calls(dependant: Dependant) -> Iterator[object]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)
