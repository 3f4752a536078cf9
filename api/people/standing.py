"""Experts' standing and skills; what changes here, the tickets hear that they are booked for, and
those that wait for them."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Depends

from api.http.dependencies import Admin, Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.http.services import Services
from api.intake.commands import tell
from api.people.knowing import happened, known
from api.people.schemas import ExpertView, HeldSkillView, OptedOutView, SkillLevel, Standing
from models.db.engine import Session
from models.db.people.rights import RightsRepository
from models.db.people.writes import ExpertRepository
from models.errors import DomainError, Invalid, NotFound, Unavailable
from models.events.people import (
    ExpertSkillDropped,
    ExpertSkillSet,
    ExpertStandingChanged,
)
from models.identity import Code, ExpertId
from models.messages.people import RightsChanged
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
AT_ONCE = 20
"""How many tickets are told before the answer."""


@router.get("/{expert_id}", summary="Read an expert")
async def read_expert(expert_id: ExpertId, principal: Staff, services: With) -> ExpertView:
    """Their standing and skills."""
    return await services.reads.run(lambda s: _view(s, expert_id))


@router.patch("/{expert_id}", summary="Change an expert's standing")
async def change_standing(
    expert_id: ExpertId, standing: Standing, principal: Admin, services: With
) -> ExpertView:
    """Only verified and flagged experts see visits and make them. Whoever is booked already and
    loses that is asked about, and reads no more whom for."""

    def write(session: Session) -> ExpertView:
        known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        ExpertRepository(session).set_standing(expert_id, standing.status)
        facts = ExpertStandingChanged(expert_id=expert_id, status=standing.status)
        happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _tell(services, expert_id)
    return view


@router.put("/{expert_id}/skills/{skill}", summary="Give an expert a skill")
async def set_skill(
    expert_id: ExpertId, skill: Code, held: SkillLevel, principal: Admin, services: With
) -> ExpertView:
    """Their open list shows it at once."""
    services.reference.require_skill(skill, "/skill")
    if held.skill not in (None, skill):
        raise Invalid("id-differs", "The body names another skill.", field="/skill")

    def write(session: Session) -> ExpertView:
        known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        ExpertRepository(session).set_skill(expert_id, skill, held.level, held.expires_at)
        facts = ExpertSkillSet(expert_id=expert_id, skill=skill, level=held.level)
        happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _tell(services, expert_id)
    return view


@router.delete("/{expert_id}/skills/{skill}", summary="Take a skill from an expert")
async def drop_skill(
    expert_id: ExpertId, skill: Code, principal: Admin, services: With
) -> ExpertView:
    """Their proposals that rest on it no longer count."""

    def write(session: Session) -> ExpertView:
        known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        if not ExpertRepository(session).drop_skill(expert_id, skill):
            raise NotFound("skill-not-held", "The expert does not hold this skill.")
        facts = ExpertSkillDropped(expert_id=expert_id, skill=skill)
        happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _tell(services, expert_id)
    return view


async def _tell(services: Services, expert_id: str) -> None:
    """Tell the first tickets at once, for a person waits for what comes of it. It is a courtesy:
    the change itself is the order to tell them all, and the worker carries it out."""
    try:
        concerned = await services.reads.run(lambda s: RightsRepository(s).concerned(expert_id))
    except Unavailable:
        return
    news = RightsChanged(expert_ids=(expert_id,))
    told = (_told(services, ticket_id, news) for ticket_id in concerned[:AT_ONCE])
    await asyncio.gather(*told)


async def _told(services: Services, ticket_id: str, news: RightsChanged) -> None:
    with suppress(DomainError):
        await tell(services, ticket_id, TicketWorkflow.rights_changed, news)


def _view(session: Session, expert_id: str) -> ExpertView:
    expert = known(session, expert_id)
    return ExpertView(
        **expert.model_dump(include={"id", "name", "status", "zone", "tz", "radius_km"}),
        skills=[
            HeldSkillView(skill=s.code, level=s.level, expires_at=s.expires_at)
            for s in expert.skills
        ],
        opted_out=[OptedOutView(channel=s.channel, since=s.since) for s in expert.opted_out],
    )
