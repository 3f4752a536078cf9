"""Visits: the experts who propose themselves."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from api.http.auth import Principal
from api.http.dependencies import (
    Expert,
    ExpertOrStaff,
    IdempotencyKey,
    With,
    cause,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.paging import Cursor, Limit, Page, decode_number, page_of
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake.commands import ask
from api.ticket.schemas import SlotView
from api.visit.knowing import has_part, unknown_visit
from api.visit.schemas import NewProposal, ProposalView
from api.visit.views import recorded_proposal
from models.actor import Role
from models.db.engine import Session
from models.db.market.open_list import OpenList
from models.db.matching.reads import ProposalReads
from models.db.people.reads import PeopleReads
from models.db.ticket.reads import TicketReads
from models.db.visit.reads import NeededVisit, VisitReads
from models.identity import VisitId, derived_id
from models.messages.matching import Propose, Proposed
from models.people.expert import Expert as WorkingExpert
from models.rules.matching.eligibility import has_skill, require_eligible
from models.rules.matching.lasting import require_lasting
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/visits",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post("/{visit_id}/proposals", status_code=201, summary="Propose yourself for a visit")
async def propose_for_visit(
    visit_id: VisitId,
    new: NewProposal,
    principal: Expert,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> ProposalView:
    """With every time that works for you. Who proposes first has priority at equal times."""
    response.status_code = 201
    scope = scoped(request, principal, key)

    async def act() -> ProposalView:
        visit, expert = await services.reads.run(
            lambda s: _eligible_visit(s, visit_id, principal, services)
        )
        offered = tuple(windows(new.windows, "/windows"))
        length = timedelta(minutes=visit.minutes)
        now = services.clock()
        require_lasting(expert, visit.positions, offered, length, now)
        message = Propose(
            # Sent again under its key, it names the same proposal, whatever became of the first.
            proposal_id=derived_id("prp", scope),
            visit_id=visit_id,
            expert_id=principal.subject,
            windows=offered,
            by=cause(request, principal, key),
            able=tuple(p.idx for p in visit.positions if has_skill(expert.skills, p, now)),
        )
        taken: Proposed = await ask(
            services, visit.ticket_id, TicketWorkflow.propose, message, scope
        )
        return ProposalView(
            id=taken.proposal_id,
            visit_id=visit_id,
            expert_id=principal.subject,
            priority_seq=taken.priority_seq,
            state=taken.state,
            windows=[SlotView(start=w.start, end=w.end) for w in offered],
        )

    return await once(services, request, response, scope, new, ProposalView, act)


@router.get("/{visit_id}/proposals", summary="List the proposals for a visit")
async def list_proposals(
    visit_id: VisitId,
    principal: ExpertOrStaff,
    services: With,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ProposalView]:
    """Your own; the helpdesk sees everybody's. In their order."""
    after = decode_number(cursor)
    mine = principal.subject if principal.role is Role.EXPERT else None

    def read(session: Session) -> Page[ProposalView]:
        visit = VisitReads(session).visit(visit_id)
        if visit is None or not _may_know(session, visit_id, principal, services):
            raise unknown_visit()
        offers = ProposalReads(session).page(visit_id, mine, after, limit + 1)
        return page_of(offers, limit, lambda offer: [str(offer.seq), offer.id], recorded_proposal)

    return await services.reads.run(read)


def _may_know(session: Session, visit_id: str, principal: Principal, services: With) -> bool:
    """An expert knows the visits they may take, and those they have, or had, a part in."""
    if principal.role.is_staff or has_part(session, visit_id, principal.subject):
        return True
    expert = PeopleReads(session).expert(principal.subject)
    if expert is None or not expert.status.may_work:
        return False
    return OpenList(session).open_visit(expert, services.clock(), visit_id) is not None


def _eligible_visit(
    session: Session, visit_id: str, principal: Principal, services: With
) -> tuple[NeededVisit, WorkingExpert]:
    """The visit and the expert, if they are eligible for it; checked again when the group is
    settled."""
    tickets = TicketReads(session)
    visit = VisitReads(session).visit(visit_id)
    ticket = tickets.ticket(visit.ticket_id) if visit else None
    place = tickets.place(ticket.id) if ticket else None
    expert = PeopleReads(session).expert(principal.subject)
    if visit is None or ticket is None or place is None or expert is None or not ticket.zone:
        raise unknown_visit()
    require_eligible(expert, ticket.zone, place, visit.positions, services.clock())
    return visit, expert
