"""How the house does, for everybody."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from api.http.dependencies import With, known_parameters
from api.http.policy import public
from api.http.problems import RESPONSES
from api.status.watching import Status
from models.status import PARTS, PartState, Standing

router = APIRouter(
    prefix="/status",
    tags=["status"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
_WORST = (PartState.AWAY, PartState.STALE)


class PartView(BaseModel):
    """How one part does."""

    state: PartState
    since: Annotated[
        datetime | None, Field(description="Since when it is stale or away, if that is known.")
    ] = None
    as_of: Annotated[
        datetime | None, Field(description="How old what it answers with is, if that is known.")
    ] = None
    words: Annotated[str, Field(description="What that means for you.")]


class StatusView(BaseModel):
    """How the house does: `state` is that of the part that does worst, and each part stands beside
    it under its name. New parts may be added."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PartView]

    state: PartState
    as_of: Annotated[
        datetime | None, Field(description="When all processes of the house were last heard.")
    ]


@router.get(
    "",
    summary="What is stale or away, and since when?",
    response_model_exclude_none=True,
)
@public
async def read_status(response: Response, services: With) -> StatusView:
    """It needs no token, asks nobody and always answers; what it knows is a few seconds old."""
    response.headers["Cache-Control"] = "no-store"
    return view(services.status)


def view(status: Status) -> StatusView:
    """What is said of every part."""
    standings = status.standings()
    states = {one.state for one in standings}
    worst = next((state for state in _WORST if state in states), PartState.OK)
    parts = {one.part: _part(one) for one in standings}
    return StatusView(state=worst, as_of=status.as_of, **parts)


def _part(one: Standing) -> PartView:
    words = PARTS[one.part].words(one.state)
    return PartView(state=one.state, since=one.since, as_of=one.as_of, words=words)
