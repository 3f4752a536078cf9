"""One effect and one answer for a request, however often it is sent."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

from fastapi import Request, Response
from pydantic import BaseModel

from api.http.auth import Principal
from api.http.dependencies import fingerprint
from api.http.limits import limits_of
from api.http.problems import HttpRefusal
from api.http.repeats import scope_of
from api.http.services import Services
from models.db.intake.idempotency import IdempotencyRepository
from models.errors import DomainError, Invalid, Unavailable

Answer = TypeVar("Answer", bound=BaseModel)


def scoped(request: Request, principal: Principal, key: str | None) -> str:
    """A key within its scope: the caller, the method and the path. Without one, every request is
    its own: the caller chooses the request's id, and may use it for several."""
    key = uuid4().hex if key is None else key
    return scope_of(request, principal.role, principal.subject, key)


async def once(
    services: Services,
    request: Request,
    response: Response,
    scope: str,
    body: BaseModel,
    kind: type[Answer],
    act: Callable[[], Awaitable[Answer]],
) -> Answer:
    """The answer of `act`, or the one it gave when the same request was first sent.

    Raises:
        HttpRefusal: 409 `request-in-progress`.
        Invalid: `idempotency-key-reused` with another body.
    """
    asked, now = fingerprint(body), services.clock()
    known = await services.reads.write(lambda s: IdempotencyRepository(s).claim(scope, asked, now))
    if known is not None:
        if known.fingerprint != asked:
            raise key_reused()
        if known.answer is None or known.status is None:
            raise HttpRefusal(
                409,
                "request-in-progress",
                "The first request is still running.",
                headers={"Retry-After": "1"},
            )
        await replayed(request, response)
        response.status_code = known.status
        return kind.model_validate(known.answer)
    try:
        answer = await act()
    except (DomainError, HttpRefusal) as refusal:
        if isinstance(refusal, Unavailable):
            await _left(services, scope)
        else:
            await services.reads.settle(lambda s: IdempotencyRepository(s).give_up(scope))
        raise
    except BaseException:
        await _left(services, scope)
        raise
    plain, status = answer.model_dump(mode="json"), response.status_code or 200
    # It is done, and that is the answer; asked again, its own name finds it done.
    await services.reads.settle(lambda s: IdempotencyRepository(s).answer(scope, status, plain))
    return answer


async def replayed(request: Request, response: Response) -> None:
    """Say that an answer is an old one; it costs its caller a reading and no more."""
    response.headers["Idempotency-Replayed"] = "true"
    await limits_of(request).give_back(request)


async def _left(services: Services, scope: str) -> None:
    """It may be done yet, or be done later: another body under its key would pass for it."""
    now = services.clock()
    await services.reads.settle(lambda s: IdempotencyRepository(s).leave(scope, now))


def key_reused() -> Invalid:
    """The refusal of a key that another request was sent under."""
    return Invalid(
        "idempotency-key-reused", "This Idempotency-Key stands for a request with another body."
    )
