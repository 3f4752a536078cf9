"""Visits: the experts who propose themselves, and what is reported from the field."""

from fastapi import APIRouter, Depends, Request, Response

from api.http.auth import Principal
from api.http.dependencies import (
    Expert,
    ExpertOrStaff,
    IdempotencyKey,
    Page,
    With,
    cause,
    fingerprint,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.text import windows
from api.intake.commands import ask, tell
from api.ticket.schemas import SlotView
from api.visit.schemas import (
    NewProposal,
    ProposalView,
    VisitEvent,
    VisitStanding,
    WorkReport,
)
from api.visit.views import recorded_proposal
from models.actor import Role
from models.db.engine import Session
from models.db.market.reads import MarketReads
from models.db.matching.reads import ProposalReads
from models.db.people.reads import PeopleReads
from models.db.ticket.reads import TicketReads
from models.db.visit.reads import NeededVisit, VisitReads
from models.db.visit.reports import KeptReport, keep_report
from models.errors import Invalid, NotFound, Unavailable
from models.identity import VisitId, derived_id
from models.messages.matching import Propose, Proposed
from models.messages.visit import ReportVisit, VisitReported
from models.rules.matching.eligibility import require_eligible
from models.visit import FactKind
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/visits",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post("/{visit_id}/proposals", status_code=201, summary="Propose yourself for a visit")
async def propose(
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
        visit = await services.reads.run(
            lambda s: _eligible_visit(s, visit_id, principal, services)
        )
        offered = tuple(windows(new.windows, "/windows"))
        message = Propose(
            # Sent again under its key, it names the same proposal, whatever became of the first.
            proposal_id=derived_id("prp", scope),
            visit_id=visit_id,
            expert_id=principal.subject,
            windows=offered,
            by=cause(request, principal, key),
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
    visit_id: VisitId, principal: ExpertOrStaff, services: With
) -> Page[ProposalView]:
    """Your own; the helpdesk sees everybody's."""
    mine = principal.subject if principal.role is Role.EXPERT else None

    def read(session: Session) -> Page[ProposalView]:
        visit = VisitReads(session).visit(visit_id)
        if visit is None or not _may_know(session, visit_id, principal, services):
            raise _unknown()
        offers = ProposalReads(session).of_visit(visit_id, mine)
        return Page(items=[recorded_proposal(offer) for offer in offers])

    return await services.reads.run(read)


@router.post(
    "/{visit_id}/events",
    summary="Report from the field",
    responses={202: {"model": VisitStanding, "description": "Left for the ticket to read."}},
)
async def report(
    visit_id: VisitId,
    event: VisitEvent,
    principal: ExpertOrStaff,
    request: Request,
    response: Response,
    services: With,
) -> VisitStanding:
    """Late, repeated and out of order is fine. 202: nobody can answer now; the report is kept."""
    expert_id = _who_reports(event, principal)
    visit, assigned = await services.reads.run(
        lambda s: _reported_visit(s, visit_id, expert_id, principal)
    )
    report_id = None
    if event.report is not None and assigned:
        words = fingerprint(event.report)
        report_id = derived_id("rpt", visit_id, expert_id, event.client_event_id, words)
        kept = _work_report(report_id, visit, expert_id, event.report, services)
        await services.reads.write(lambda s: keep_report(s, kept))
    fact = ReportVisit(
        visit_id=visit_id,
        kind=event.type,
        expert_id=expert_id,
        occurred_at=event.occurred_at,
        client_event_id=event.client_event_id,
        report_id=report_id,
        by=cause(request, principal, event.client_event_id),
    )
    key = f"{principal.subject}/{visit_id}/{event.client_event_id}"
    try:
        answer: VisitReported = await ask(
            services, visit.ticket_id, TicketWorkflow.report_visit, fact, key
        )
    except Unavailable as nobody:
        if nobody.code != "answer-late":
            raise
        await tell(services, visit.ticket_id, TicketWorkflow.visit_reported, fact, key)
        response.status_code = 202
        return VisitStanding(visit_id=visit_id, state=None)
    return VisitStanding(
        visit_id=visit_id,
        state=answer.state,
        repeated=answer.repeated,
        out_of_order=answer.out_of_order,
    )


def _may_know(session: Session, visit_id: str, principal: Principal, services: With) -> bool:
    """An expert knows the visits they may take, and those they have, or had, a part in."""
    if principal.role.is_staff or _has_part(session, visit_id, principal.subject):
        return True
    expert = PeopleReads(session).expert(principal.subject)
    if expert is None or not expert.status.may_work:
        return False
    market = MarketReads(session)
    return bool(market.open_visits(expert, services.clock(), only=visit_id, limit=1))


def _has_part(session: Session, visit_id: str, expert_id: str) -> bool:
    offered = ProposalReads(session).of_visit(visit_id, expert_id)
    return bool(offered) or VisitReads(session).was_assigned(expert_id, visit_id)


def _reported_visit(
    session: Session, visit_id: str, expert_id: str, principal: Principal
) -> tuple[NeededVisit, bool]:
    """The visit of a report, and whether the expert it is about is, or was, assigned to it: whoever
    never was is refused, and leaves no words behind."""
    reads = VisitReads(session)
    visit = reads.visit(visit_id)
    known = principal.role.is_staff or _has_part(session, visit_id, principal.subject)
    if visit is None or not known:
        raise _unknown()
    return visit, reads.was_assigned(expert_id, visit_id)


def _eligible_visit(
    session: Session, visit_id: str, principal: Principal, services: With
) -> NeededVisit:
    """The visit, if the expert is eligible for it; checked again when the group is settled."""
    tickets = TicketReads(session)
    visit = VisitReads(session).visit(visit_id)
    ticket = tickets.ticket(visit.ticket_id) if visit else None
    place = tickets.place(ticket.id) if ticket else None
    expert = PeopleReads(session).expert(principal.subject)
    if visit is None or ticket is None or place is None or expert is None or not ticket.zone:
        raise _unknown()
    require_eligible(expert, ticket.zone, place, visit.positions, services.clock())
    return visit


def _who_reports(event: VisitEvent, principal: Principal) -> str:
    if event.type is FactKind.COMPLETED and event.report is None:
        raise Invalid("report-missing", "A completed visit needs a report.", field="/report")
    if event.type is not FactKind.COMPLETED and event.report is not None:
        raise Invalid("report-too-early", "Only completed carries a report.", field="/report")
    if principal.role is Role.EXPERT:
        if event.expert_id not in (None, principal.subject):
            raise Invalid(
                "not-yourself", "You report for yourself; leave expert_id out.", field="/expert_id"
            )
        return principal.subject
    if event.expert_id is None:
        raise Invalid("expert-missing", "Say for whom you report.", field="/expert_id")
    return event.expert_id


def _work_report(
    report_id: str, visit: NeededVisit, expert_id: str, report: WorkReport, services: With
) -> KeptReport:
    return KeptReport(
        id=report_id,
        ticket_id=visit.ticket_id,
        visit_id=visit.id,
        expert_id=expert_id,
        written_at=services.clock(),
        **report.model_dump(mode="json"),
    )


def _unknown() -> NotFound:
    return NotFound("visit-unknown", "There is no such visit.")
