"""Surveys: behind a signed link, answered once."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.http.degraded import not_degraded
from api.http.dependencies import With, known_parameters
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Body, Whole, Words, shown
from models.actor import Actor, Role
from models.db.engine import Session
from models.db.report.surveys import Survey, SurveyRepository
from models.db.ticket.reads import TicketReads
from models.errors import Conflict, NotFound
from models.event import Cause, Event, event_of
from models.events.report import SurveyAnswered
from models.report.survey import SurveyState

router = APIRouter(
    prefix="/surveys",
    tags=["surveys"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters), Depends(not_degraded)],
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
        return _view(session, _survey(session, token, services))

    return await services.reads.run(read)


@router.post("/{token}", summary="Answer a survey")
@public
async def answer_survey(token: Token, answer: SurveyAnswer, services: With) -> SurveyView:
    """Once; until it expires."""
    now = services.clock()

    def write(session: Session) -> SurveyView:
        survey = _survey(session, token, services)
        if survey.state is SurveyState.PENDING and now >= survey.expires_at:
            raise Conflict("survey-expired", "The survey is over.")
        answered = _answered(session, survey, answer.rating, now)
        if not SurveyRepository(session).answer(
            survey.ticket_id, answered, answer.rating, answer.comment
        ):
            raise Conflict("survey-answered", "The survey is answered already.")
        return _view(session, survey.but(state=SurveyState.ANSWERED))

    return await services.reads.write(write)


def _survey(session: Session, token: str, services: Services) -> Survey:
    identifier = services.surveys.survey_id(token)
    survey = SurveyRepository(session).survey(identifier) if identifier else None
    if survey is None:
        raise NotFound("survey-unknown", "There is no such survey.")
    return survey


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
