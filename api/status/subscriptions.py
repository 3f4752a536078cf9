"""Wanting to know when nothing is stale or away any more."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from api.http import asking
from api.http.dependencies import Customer, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import Body, shown
from api.intake.put_off import or_put_off
from models.actor import Role
from models.db.engine import Session
from models.db.people.preferences import PreferenceRepository
from models.db.status.subscriptions import SubscriptionRepository
from models.errors import Conflict, NotFound

router = APIRouter(
    prefix="/status",
    tags=["status"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


class Wish(Body):
    """Nothing else needs to be said: you are told as your preferences have it."""

    model_config = shown()


class SubscriptionView(BaseModel):
    """You are told once, when nothing is stale or away any more."""

    asked_at: datetime
    effect: Annotated[
        Literal["done", "accepted"],
        Field(description="`accepted`: kept, and written down as soon as the records are back."),
    ]


@router.post(
    "/subscriptions",
    status_code=201,
    summary="Be told when everything works again",
    responses={202: {"model": SubscriptionView}},
)
async def subscribe_to_status(
    principal: Customer,
    request: Request,
    response: Response,
    services: With,
    wish: Wish | None = None,
) -> SubscriptionView:
    """One message, by the way you prefer, outside of your quiet hours. Asked again before it comes,
    it is one; and there is none within half an hour of the last one."""
    asked_at = asking.asked_at(services.clock)

    async def ask() -> SubscriptionView:
        if services.status.is_whole and not asking.is_put_off():
            raise Conflict("nothing-away", "Everything works: there is nothing to wait for.")

        def write(session: Session) -> None:
            if PreferenceRepository(session, Role.CUSTOMER).of(principal.subject) is None:
                raise NotFound("customer-unknown", "There is no file of that customer.")
            SubscriptionRepository(session).ask(principal.subject, asked_at)

        await services.reads.write(write)
        return SubscriptionView(asked_at=asked_at, effect="done")

    done = await or_put_off(services, request, principal, ask)
    if done is None:
        response.status_code = 202
    return done or SubscriptionView(asked_at=asked_at, effect="accepted")
