"""Surveys: behind a signed link, answered once."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.http.dependencies import With, known_parameters
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Body, Whole, Words, shown
from models.actor import Actor, Role
from models.db.engine import Session
from models.db.flag.reads import FlagReads
from models.db.report.surveys import SurveyRepository
from models.db.ticket.reads import TicketReads
from models.errors import Conflict, NotFound
from models.event import Cause, Event, event_of
from models.events.report import SurveyAnswered
from models.report.survey import Survey, SurveyState, longer_by

router = APIRouter(
    prefix="/surveys",
    tags=["surveys"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
Token = Annotated[str, Path(max_length=120)]


class SurveyView(BaseModel):
    """A question about one round of a ticket."""

    ticket: str
    round: int
    state: SurveyState
    expires_at: datetime


class SurveyAnswer(Body):
    """How it went."""

    model_config = shown(rating=5, comment="Quick and clean.")

    rating: Whole = Field(ge=1, le=5)
    comment: Words | None = None


@router.get("/{token}", summary="Read a survey")
@public
async def read_survey(token: Token, services: With) -> SurveyView:
    """What is asked, and until when."""

    def read(session: Session) -> SurveyView:
        return _view(session, survey_behind(session, services, token))

    return await services.reads.run(read)


@router.post("/{token}", summary="Answer a survey")
@public
async def answer_survey(token: Token, answer: SurveyAnswer, services: With) -> SurveyView:
    """Once; until it expires."""

    def write(session: Session) -> SurveyView:
        return _view(session, kept_answer(session, services, token, answer))

    return await services.reads.write(write)


def survey_behind(session: Session, services: Services, token: str) -> Survey:
    """The survey that a token answers. Whoever could not answer because the house was spared has so
    much longer.

    Raises:
        NotFound: `survey-unknown`.
    """
    identifier = services.surveys.survey_id(token)
    survey = SurveyRepository(session).survey(identifier) if identifier else None
    if survey is None:
        raise NotFound("survey-unknown", "There is no such survey.")
    if survey.state is SurveyState.PENDING and services.clock() >= survey.expires_at:
        spared = FlagReads(session).times_on("degraded_mode", services.clock())
        survey = survey.but(expires_at=survey.expires_at + longer_by(survey, spared))
    return survey


def kept_answer(session: Session, services: Services, token: str, answer: SurveyAnswer) -> Survey:
    """The survey with its one answer, which is kept now.

    Raises:
        NotFound: `survey-unknown`.
        Conflict: `survey-expired`, `survey-answered`.
    """
    survey, now = survey_behind(session, services, token), services.clock()
    if survey.state is SurveyState.PENDING and now >= survey.expires_at:
        raise Conflict("survey-expired", "The survey is over.")
    answered = _answered(session, survey, answer.rating, now)
    if not SurveyRepository(session).answer(
        survey.ticket_id, answered, answer.rating, answer.comment
    ):
        raise Conflict("survey-answered", "The survey is answered already.")
    return survey.but(state=SurveyState.ANSWERED)


def _view(session: Session, survey: Survey) -> SurveyView:
    ticket = TicketReads(session).ticket(survey.ticket_id)
    return SurveyView(
        ticket=f"T-{ticket.number}" if ticket else "",
        round=survey.round,
        state=survey.state,
        expires_at=survey.expires_at,
    )


def _answered(session: Session, survey: Survey, rating: int, now: datetime) -> Event:
    ticket = TicketReads(session).ticket(survey.ticket_id)
    customer = ticket.customer_id if ticket else survey.ticket_id
    facts = SurveyAnswered(survey_id=survey.id, round=survey.round, rating=rating)
    by = Cause(actor=Actor(role=Role.CUSTOMER, id=customer))
    return event_of(facts, survey.id, 1, now, by)
