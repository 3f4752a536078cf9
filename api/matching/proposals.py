"""Proposals: offering less, or nothing any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response

from api.http.auth import Principal
from api.http.dependencies import Expert, OptionalKey, With, cause, known_parameters
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake.commands import ask
from api.matching.schemas import FewerWindows
from api.ticket.schemas import SlotView
from api.visit.schemas import ProposalView
from api.visit.views import recorded_proposal
from models.calendar import Window
from models.db.engine import Session
from models.db.matching.reads import PlacedProposal, ProposalReads
from models.db.people.reads import PeopleReads
from models.db.visit.reads import VisitReads
from models.errors import Conflict, NotFound
from models.identity import ProposalId
from models.messages.matching import NarrowProposal, Proposed, WithdrawProposal
from models.rules.matching.lasting import require_lasting
from models.visit import ProposalState
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/proposals",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.get("/{proposal_id}", summary="Read a proposal of yours")
async def read_proposal(proposal_id: ProposalId, principal: Expert, services: With) -> ProposalView:
    """Where it stands, and its place."""
    own = await _own(services, proposal_id, principal)
    return recorded_proposal(own.proposal)


@router.patch("/{proposal_id}", summary="Offer less of your time")
async def narrow_proposal(
    proposal_id: ProposalId,
    change: FewerWindows,
    principal: Expert,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> ProposalView:
    """The windows may only shrink; the place is kept. To offer more, propose again."""
    own = await _own(services, proposal_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> ProposalView:
        shrunk = tuple(windows(change.windows, "/windows"))
        await services.reads.run(lambda s: _require_lasting(s, own, shrunk, services.clock()))
        message = NarrowProposal(
            proposal_id=proposal_id,
            expert_id=principal.subject,
            windows=shrunk,
            by=cause(request, principal, key),
        )
        update = TicketWorkflow.narrow_proposal
        taken: Proposed = await ask(services, own.ticket_id, update, message, scope)
        return _view(taken, principal, [SlotView(start=w.start, end=w.end) for w in shrunk])

    return await once(services, request, response, scope, change, ProposalView, act)


@router.delete("/{proposal_id}", summary="Take a proposal back")
async def withdraw_proposal(
    proposal_id: ProposalId,
    principal: Expert,
    request: Request,
    services: With,
    key: OptionalKey = None,
) -> ProposalView:
    """Its place is lost; a visit that was settled with it is matched anew, until it begins. What is
    taken back already stays so, and that is the answer."""
    own = await _own(services, proposal_id, principal)
    if own.proposal.state is ProposalState.WITHDRAWN:
        return recorded_proposal(own.proposal)
    scope = scoped(request, principal, key)
    message = WithdrawProposal(
        proposal_id=proposal_id, expert_id=principal.subject, by=cause(request, principal, key)
    )
    update = TicketWorkflow.withdraw_proposal
    # Without a body there is nothing that could differ: the ticket's answer to the key is enough.
    try:
        taken: Proposed = await ask(services, own.ticket_id, update, message, scope)
    except Conflict as refusal:
        if refusal.evidence.get("state") != ProposalState.WITHDRAWN:
            raise
        return recorded_proposal(own.proposal.but(state=ProposalState.WITHDRAWN))
    return _view(taken, principal, recorded_proposal(own.proposal).windows)


async def _own(services: With, proposal_id: str, principal: Principal) -> PlacedProposal:
    placed = await services.reads.run(lambda s: ProposalReads(s).proposal(proposal_id))
    if placed is None or placed.proposal.expert_id != principal.subject:
        raise NotFound("proposal-unknown", "There is no such proposal of yours.")
    return placed


def _require_lasting(
    session: Session, own: PlacedProposal, offered: Sequence[Window], now: datetime
) -> None:
    """Times at which the expert's skill has ended are none to be left with."""
    expert = PeopleReads(session).expert(own.proposal.expert_id)
    visit = VisitReads(session).visit(own.proposal.visit_id)
    if expert is not None and visit is not None:
        length = timedelta(minutes=visit.minutes)
        require_lasting(expert, visit.positions, offered, length, now)


def _view(taken: Proposed, principal: Principal, windows_now: list[SlotView]) -> ProposalView:
    return ProposalView(
        id=taken.proposal_id,
        visit_id=taken.visit_id,
        expert_id=principal.subject,
        priority_seq=taken.priority_seq,
        state=taken.state,
        windows=windows_now,
    )
