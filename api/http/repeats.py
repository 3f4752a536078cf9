"""What was answered already. Sent again, it is the old answer, and costs nothing of what its caller
may change or file: only what a reading costs."""

import asyncio
import hashlib

from fastapi import Request
from temporalio.client import Client
from temporalio.service import RPCError

from api.http import asking
from api.http.limits import is_filing, limits_of
from api.http.services import Services
from models.db.intake.idempotency import IdempotencyRepository
from models.errors import Unavailable
from models.identity import ticket_id
from temporal.client import IMPATIENCE
from temporal.ids import ticket_workflow


def scope_of(request: Request, role: str, subject: str, key: str) -> str:
    """A key within its scope: the caller, the method and the path."""
    return scope_of_request(request.method, request.url.path, role, subject, key)


def scope_of_request(method: str, path: str, role: str, subject: str, key: str) -> str:
    """The same, of a request that is not asked now."""
    scope = "\n".join((role, subject, method, path, key))
    return hashlib.sha256(scope.encode()).hexdigest()


async def is_repeat(request: Request, role: str, subject: str) -> bool:
    """Whether somebody sends what was answered already, under the same Idempotency-Key: nothing
    comes of it but that answer, or a refusal for another body. Looking costs a reading. Where the
    stores cannot tell, it counts as new."""
    key = request.headers.get("Idempotency-Key")
    if key is None or not limits_of(request).admits_reading(f"{role} {subject}"):
        return False
    services: Services = request.app.state.services
    if is_filing(request):
        return await _is_there(services.temporal, ticket_id(subject, key))
    scope = scope_of(request, role, subject, key)
    try:
        return await services.reads.run(lambda s: IdempotencyRepository(s).is_answered(scope))
    except Unavailable:
        return False


async def _is_there(temporal: Client, identifier: str) -> bool:
    handle = temporal.get_workflow_handle(ticket_workflow(identifier))
    seconds = asking.rest(IMPATIENCE.total_seconds())
    try:
        async with asyncio.timeout(seconds):
            await handle.describe(rpc_timeout=IMPATIENCE)
    except (RPCError, RuntimeError, OSError):
        return False
    return True
