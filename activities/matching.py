"""Settling groups of visits: the rule decides, the database books."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.db.engine import Database, Session
from models.db.repositories.calendar import Booking, CalendarMoved, CalendarRepository
from models.db.repositories.decisions import DecisionRepository
from models.db.repositories.problems import ProblemRepository
from models.db.repositories.tickets import TicketRepository
from models.errors import Unavailable
from models.identity import derived_id
from models.matching import Evaluation, Fullness
from models.messages.ticket import (
    CalendarFreed,
    ScheduledVisit,
    SettleGroup,
    Settlement,
    StaffedPosition,
    WakeWaiting,
)
from models.rules.geography import Spot
from models.rules.matching import evaluate
from models.rules.settling import is_held
from models.ticket import Ticket
from models.visit import MatchState, VisitGroup
from temporal.ids import ticket_workflow

_STATES = {
    Fullness.EMPTY: MatchState.EMPTY,
    Fullness.PARTIAL: MatchState.PARTIAL,
    Fullness.NO_COMMON_TIME: MatchState.NO_COMMON_TIME,
    Fullness.UNDECIDED: MatchState.NO_COMMON_TIME,
    Fullness.FULL: MatchState.FULL_HELD,
}
_UNDECIDED = {Fullness.UNDECIDED: ("search-budget-spent",)}
CALENDAR_FREED = "calendar_freed"
FRESH_LOOKS = 5
"""How often a booking is decided anew when calendars move under it, before it waits a little."""


class MatchingActivities:
    """Evaluation and booking of groups."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client

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

    @activity.defn
    async def wake_waiting(self, wake: WakeWaiting) -> None:
        """Tell the tickets that wait for somebody that he has time again.

        Again after success: they evaluate once more and find what they found.
        """
        ticket_ids = await asyncio.to_thread(self._waiting_for, wake.expert_ids)
        for ticket_id in ticket_ids:
            if ticket_id == wake.ticket_id:
                continue
            handle = self._client.get_workflow_handle(ticket_workflow(ticket_id))
            try:
                await handle.signal(
                    CALENDAR_FREED,
                    CalendarFreed(expert_ids=wake.expert_ids),
                    rpc_timeout=timedelta(seconds=5),
                )
            except RPCError as error:
                # A ticket that ended meanwhile waits for nobody.
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise

    def _waiting_for(self, expert_ids: Sequence[str]) -> list[str]:
        with self._database.unit_of_work() as session:
            return ProblemRepository(session).waiting_for(expert_ids)


def _settled(session: Session, ask: SettleGroup) -> Settlement:
    ticket = ask.ticket
    group = next(g for g in ticket.groups if g.id == ask.group_id)
    if known := DecisionRepository(session).settlement(group.id, group.round):
        return known
    place = TicketRepository(session).place(ticket.id)
    assert place is not None, "a matched ticket has a place"
    experts = sorted({p.expert_id for p in ticket.active_proposals(group)})
    versions = CalendarRepository(session).versions(experts)
    problem = ProblemRepository(session).problem(ticket, group, place, ask.now)
    evaluation = evaluate(problem)
    if evaluation.solution is None or is_held(ticket, group, ask.now):
        return _waiting(evaluation)
    settlement = _chosen(evaluation, group)
    bookings = _bookings(ticket, group, settlement, place)
    CalendarRepository(session).book(bookings, versions)
    DecisionRepository(session).add(ticket.id, group.id, group.round, problem, settlement, ask.now)
    return settlement


def _waiting(evaluation: Evaluation) -> Settlement:
    return Settlement(
        match_state=_STATES[evaluation.fullness],
        missing=evaluation.missing or _UNDECIDED.get(evaluation.fullness, ()),
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
