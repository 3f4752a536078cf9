"""Proposals: offering less, or nothing any more."""

from fastapi import APIRouter, Depends, Request, Response

from api.http.auth import Principal
from api.http.dependencies import Expert, OptionalKey, With, cause, known_parameters
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake.commands import ask
from api.matching.schemas import Windows
from api.ticket.schemas import SlotView
from api.visit.schemas import ProposalView
from models.db.matching.tables import ProposalRow
from models.db.ticket.views import TicketViews
from models.errors import NotFound
from models.identity import ProposalId
from models.messages.ticket import NarrowProposal, Proposed, WithdrawProposal
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
    row = await _own(services, proposal_id, principal)
    return ProposalView(
        id=row.id,
        visit_id=row.visit_id,
        expert_id=row.expert_id,
        priority_seq=row.seq,
        state=ProposalState(row.state),
        windows=[SlotView(**w) for w in row.windows],
    )


@router.patch("/{proposal_id}", summary="Offer less of your time")
async def narrow(
    proposal_id: ProposalId,
    change: Windows,
    principal: Expert,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> ProposalView:
    """The windows may only shrink; the place is kept. To offer more, propose again."""
    row = await _own(services, proposal_id, principal)
    scope = scoped(request, principal, key)

    async def act() -> ProposalView:
        shrunk = tuple(windows(change.windows, "/windows"))
        message = NarrowProposal(
            proposal_id=proposal_id,
            expert_id=principal.subject,
            windows=shrunk,
            by=cause(request, principal, key),
        )
        update = TicketWorkflow.narrow_proposal
        taken: Proposed = await ask(services, row.ticket_id, update, message, scope)
        return _view(taken, principal, [SlotView(start=w.start, end=w.end) for w in shrunk])

    return await once(services, request, response, scope, change, ProposalView, act)


@router.delete("/{proposal_id}", summary="Take a proposal back")
async def withdraw(
    proposal_id: ProposalId,
    principal: Expert,
    request: Request,
    services: With,
    key: OptionalKey = None,
) -> ProposalView:
    """Its place is lost; a visit that was settled with it is matched anew, until it begins."""
    row = await _own(services, proposal_id, principal)
    scope = scoped(request, principal, key)
    message = WithdrawProposal(
        proposal_id=proposal_id, expert_id=principal.subject, by=cause(request, principal, key)
    )
    update = TicketWorkflow.withdraw_proposal
    # Without a body there is nothing that could differ: the ticket's answer to the key is enough.
    taken: Proposed = await ask(services, row.ticket_id, update, message, scope)
    return _view(taken, principal, [SlotView(**w) for w in row.windows])


async def _own(services: With, proposal_id: str, principal: Principal) -> ProposalRow:
    row = await services.reads.run(lambda s: TicketViews(s).proposal(proposal_id))
    if row is None or row.expert_id != principal.subject:
        raise NotFound("proposal-unknown", "There is no such proposal of yours.")
    return row


def _view(taken: Proposed, principal: Principal, windows_now: list[SlotView]) -> ProposalView:
    return ProposalView(
        id=taken.proposal_id,
        visit_id=taken.visit_id,
        expert_id=principal.subject,
        priority_seq=taken.priority_seq,
        state=taken.state,
        windows=windows_now,
    )
