"""Settling groups of visits: the rule decides, the database books."""

from temporalio import activity

from models.calendar import merged
from models.db.engine import Database, Session
from models.db.repositories.calendar import Booking, CalendarMoved, CalendarRepository
from models.db.repositories.decisions import DecisionRepository
from models.db.repositories.people import PeopleRepository
from models.db.repositories.tickets import TicketRepository
from models.errors import Unavailable
from models.identity import derived_id
from models.matching import Candidate, Evaluation, Fullness, MatchingProblem
from models.messages.ticket import ScheduledVisit, SettleGroup, Settlement, StaffedPosition
from models.rules.eligibility import refusal_of
from models.rules.geography import Spot
from models.rules.matching import evaluate
from models.rules.settling import is_held
from models.ticket import Ticket
from models.visit import MatchState, VisitGroup, VisitState

_STATES = {
    Fullness.EMPTY: MatchState.EMPTY,
    Fullness.PARTIAL: MatchState.PARTIAL,
    Fullness.NO_COMMON_TIME: MatchState.NO_COMMON_TIME,
    Fullness.UNDECIDED: MatchState.NO_COMMON_TIME,
    Fullness.FULL: MatchState.FULL_HELD,
}
FRESH_LOOKS = 5
"""How often a booking is decided anew when calendars move under it, before it waits a little."""


class MatchingActivities:
    """Evaluation and booking of groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    def settle_group(self, ask: SettleGroup) -> Settlement:
        """Evaluate a group from fresh calendars and book it whole if it is full and not held.

        Again after success: the decision of this group and round is there and is the answer.
        """
        for _ in range(FRESH_LOOKS):
            try:
                with self._database.unit_of_work() as session:
                    return _settled(session, ask)
            except CalendarMoved:
                continue
        raise Unavailable("calendar-busy", "The experts' calendars keep moving.")


def _settled(session: Session, ask: SettleGroup) -> Settlement:
    ticket = ask.ticket
    group = next(g for g in ticket.groups if g.id == ask.group_id)
    if known := DecisionRepository(session).settlement(group.id, group.round):
        return known
    place = TicketRepository(session).place(ticket.id)
    assert place is not None, "a matched ticket has a place"
    experts = sorted({p.expert_id for p in ticket.active_proposals(group)})
    versions = CalendarRepository(session).versions(experts)
    problem = _problem(session, ask, group, place, experts)
    evaluation = evaluate(problem)
    if evaluation.solution is None or is_held(ticket, group, ask.now):
        return _waiting(evaluation)
    settlement = _chosen(evaluation, group)
    bookings = _bookings(ticket, group, settlement, place)
    CalendarRepository(session).book(bookings, versions)
    DecisionRepository(session).add(ticket.id, group.id, group.round, problem, settlement, ask.now)
    return settlement


def _problem(
    session: Session, ask: SettleGroup, group: VisitGroup, place: Spot, expert_ids: list[str]
) -> MatchingProblem:
    ticket = ask.ticket
    visits = [v for v in ticket.visits if v.id in group.visit_ids]
    live = tuple(sorted((v for v in visits if v.is_live), key=lambda v: v.seq))
    busy = CalendarRepository(session).busy(expert_ids, place, ask.now, [v.id for v in live])
    assert ticket.zone is not None, "a matched ticket has a zone"
    return MatchingProblem(
        visits=live,
        dependencies=group.dependencies,
        ended={
            v.id: v.actual_end
            for v in visits
            if v.state is VisitState.COMPLETED and v.actual_end is not None
        },
        slots={v.id: ticket.slots_of(v) for v in live},
        proposals=ticket.active_proposals(group),
        candidates=tuple(
            Candidate(
                expert_id=expert.id,
                skills=expert.skills,
                busy=merged(busy[expert.id]),
                refusal=refusal_of(expert, ticket.zone, place),
            )
            for expert in PeopleRepository(session).experts(expert_ids)
        ),
        earliest=ask.now + ticket.policies.min_lead,
    )


def _waiting(evaluation: Evaluation) -> Settlement:
    return Settlement(
        match_state=_STATES[evaluation.fullness],
        missing=evaluation.missing,
        ineligible=evaluation.ineligible,
    )


def _chosen(evaluation: Evaluation, group: VisitGroup) -> Settlement:
    solution = evaluation.solution
    assert solution is not None, "only a full group is booked"
    return Settlement(
        match_state=MatchState.FINALISED,
        ineligible=evaluation.ineligible,
        starts=tuple(
            ScheduledVisit(visit_id=visit_id, start=start)
            for visit_id, start in solution.starts.items()
        ),
        crew=tuple(
            StaffedPosition(
                assignment_id=derived_id(
                    "asg", group.id, str(group.round), m.visit_id, str(m.position)
                ),
                visit_id=m.visit_id,
                position=m.position,
                expert_id=m.expert_id,
                proposal_id=m.proposal_id,
            )
            for m in solution.crew
        ),
    )


def _bookings(
    ticket: Ticket, group: VisitGroup, settlement: Settlement, place: Spot
) -> list[Booking]:
    starts = {s.visit_id: s.start for s in settlement.starts}
    lengths = {v.id: v.duration for v in ticket.visits}
    return [
        Booking(
            assignment_id=m.assignment_id,
            ticket_id=ticket.id,
            group_id=group.id,
            round=group.round,
            visit_id=m.visit_id,
            position=m.position,
            expert_id=m.expert_id,
            proposal_id=m.proposal_id,
            start=starts[m.visit_id],
            end=starts[m.visit_id] + lengths[m.visit_id],
            place=place,
        )
        for m in settlement.crew
    ]
