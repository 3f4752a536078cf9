"""Settling groups of visits: the rule decides, the database books."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

import structlog
from temporalio import activity
from temporalio.client import Client

from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.db.engine import Database
from models.db.matching.booking import Booking, CalendarMoved, PositionTaken, book
from models.db.matching.decisions import StoredDecision
from models.db.matching.problems import ProblemRepository, read_standing
from models.db.people.calendar import CalendarRepository
from models.db.ticket.reads import TicketReads
from models.errors import Conflict, Invalid, Unavailable
from models.geography import Spot
from models.identity import derived_id
from models.matching.problem import Evaluation, Fullness
from models.messages.matching import (
    BookByHand,
    CalendarFreed,
    ScheduledVisit,
    SettleGroup,
    Settlement,
    StaffedPosition,
    WakeWaiting,
)
from models.people.diary import Diary
from models.people.travel import trip_said
from models.rules.matching.assignable import require_able
from models.rules.matching.evaluation import evaluate
from models.rules.matching.posing import problem_of
from models.rules.matching.settling import is_held, unstaffed
from models.ticket import Ticket
from models.visit import MatchState, VisitGroup
from temporal.failpoints import Failpoint, reached
from temporal.ids import ticket_workflow
from temporal.telling import tell_if_open

_STATES = {
    Fullness.EMPTY: MatchState.EMPTY,
    Fullness.PARTIAL: MatchState.PARTIAL,
    Fullness.NO_COMMON_TIME: MatchState.NO_COMMON_TIME,
    Fullness.UNDECIDED: MatchState.UNDECIDED,
    Fullness.FULL: MatchState.FULL_HELD,
}
CALENDAR_FREED = "calendar_freed"
AT_ONCE = 20
"""How many tickets are woken at a time."""
FRESH_LOOKS = 5
"""How often a booking is decided anew when calendars move under it, before it waits a little."""


ASKED_OF_ONE = 20
"""Places of one expert's that are asked about in one question: some servers answer no more."""

T = TypeVar("T")

log = structlog.get_logger()


class MatchingActivities:
    """Evaluation and booking of groups."""

    def __init__(self, database: Database, client: Client, ways: KnownWays = RECKONING) -> None:
        self._database = database
        self._client = client
        self._ways = ways

    @activity.defn
    def settle_group(self, ask: SettleGroup) -> Settlement:
        """Evaluate a group from fresh calendars and book it whole if it is full and not held.

        Again after success: the decision of this group and round is there and is the answer.
        """
        try:
            return from_fresh_looks(lambda: _settled(self._database, ask, self._ways))
        except PositionTaken:
            log.warning("calendar_astray", ticket_id=ask.ticket.id, group_id=ask.group_id)
            return Settlement(match_state=MatchState.PARTIAL, astray=True)

    @activity.defn
    def book_by_hand(self, ask: BookByHand) -> None:
        """Book the expert whom the helpdesk sends, if their calendar lets it.

        Again after success: the assignment is there, under the id that the ticket gave it.

        Raises:
            Invalid: `expert-unknown`.
            Conflict: `expert-busy`, `position-taken`, and whatever makes the expert unable.
        """
        return from_fresh_looks(lambda: _booked_by_hand(self._database, ask, self._ways))

    @activity.defn
    async def wake_waiting(self, wake: WakeWaiting) -> None:
        """Wake the tickets that wait for experts who have time again.

        Again after success: they evaluate once more and find what they found.
        """
        reached(Failpoint.BEFORE_WAKE, wake.ticket_id)
        ticket_ids = await asyncio.to_thread(self._waiting_for, wake.expert_ids)
        freed, turn = CalendarFreed(expert_ids=wake.expert_ids), asyncio.Semaphore(AT_ONCE)

        async def tell(ticket_id: str) -> None:
            async with turn:
                await tell_if_open(self._client, ticket_workflow(ticket_id), CALENDAR_FREED, freed)

        await asyncio.gather(*(tell(t) for t in ticket_ids if t != wake.ticket_id))
        reached(Failpoint.AFTER_WAKE, wake.ticket_id)

    def _waiting_for(self, expert_ids: Sequence[str]) -> list[str]:
        with self._database.reading() as session:
            return ProblemRepository(session).waiting_for(expert_ids)


def from_fresh_looks(booked: Callable[[], T]) -> T:
    """What `booked` answers once no calendar moves under it.

    Raises:
        Unavailable: `calendar-busy`.
    """
    for _ in range(FRESH_LOOKS):
        try:
            return booked()
        except CalendarMoved:
            continue
    raise Unavailable("calendar-busy", "The experts' calendars keep moving.")


def seek_ways(ways: KnownWays, place: Spot, diaries: Sequence[Diary]) -> None:
    """Have the ways asked for that a decision had to reckon, for whoever decides next: between a
    place and the visits of those who offer to come there, or are sent. Nobody waits for it; what is
    known is not asked for again."""
    if not ways.asks:
        return
    for diary in diaries:
        elsewhere = dict.fromkeys(held.place for held in diary.visits)
        unknown = (o for o in elsewhere if not trip_said(place, o, diary.said))
        if asked := [*islice(unknown, ASKED_OF_ONE)]:
            ways.seek((place, *asked))


def _seek_homes(ways: KnownWays, place: Spot, diaries: Sequence[Diary]) -> None:
    """The same for those who are booked: when they set out, somebody wants to know when they are
    there."""
    homes = dict.fromkeys(diary.expert.home for diary in diaries)
    ways.seek((place, *islice(homes, ASKED_OF_ONE)))


def _settled(database: Database, ask: SettleGroup, ways: KnownWays) -> Settlement:
    ticket = ask.ticket
    group = next(g for g in ticket.matching.groups if g.id == ask.group_id)
    stands = read_standing(database, ticket, group, ask.now)
    if stands.settlement is not None:
        return stands.settlement.model_copy(update={"undone": stands.undone})
    seek_ways(ways, stands.place, stands.diaries)
    problem = problem_of(ticket, group, stands.place, stands.diaries, ask.now)
    evaluation = evaluate(problem)
    if evaluation.solution is None or is_held(ticket, group, ask.now):
        return _waiting(evaluation, unstaffed(ticket, group))
    decision = StoredDecision(
        ticket_id=ticket.id,
        group_id=group.id,
        round=group.round,
        decided_at=ask.now,
        problem=problem,
        settlement=_chosen(evaluation, group, ask.now),
    )
    bookings = _bookings(ticket, group, decision.settlement, stands.place)
    diaries = {diary.expert.id: diary for diary in stands.diaries}
    reached(Failpoint.BEFORE_SETTLE, ticket.id)
    book(database, bookings, diaries, decision=decision)
    _seek_homes(ways, stands.place, [diaries[b.expert_id] for b in bookings])
    reached(Failpoint.AFTER_SETTLE, ticket.id)
    return decision.settlement


def _booked_by_hand(database: Database, ask: BookByHand, ways: KnownWays) -> None:
    with database.reading() as session:
        calendar = CalendarRepository(session)
        if calendar.is_known(ask.assignment_id):
            return
        place = TicketReads(session).place(ask.ticket_id)
        assert place is not None, "a matched ticket has a place"
        diary = next(iter(calendar.diaries([ask.expert_id], ask.start, place)), None)
        # Who is sent in another's place gets the position of whoever lets go.
        taken = not ask.instead_of and calendar.is_taken(ask.visit_id, ask.position.idx)
    if diary is None:
        raise Invalid("expert-unknown", "There is no such expert.", field="/expert_id")
    seek_ways(ways, place, [diary])
    _seek_homes(ways, place, [diary])
    require_able(diary.expert, ask.position, ask.end)
    if clash := diary.clash(place, ask.start, ask.end):
        raise Conflict(
            "expert-busy",
            "The expert is busy then, the way included.",
            field="/start",
            kept_by=clash.kind,
            start=clash.window.start.isoformat(),
            end=clash.window.end.isoformat(),
        )
    if taken:
        raise _position_taken()
    booking = Booking(
        **ask.model_dump(exclude={"position", "instead_of"}),
        position=ask.position.idx,
        place=place,
    )
    replaces = ask.instead_of is not None
    reached(Failpoint.BEFORE_REPLACE if replaces else Failpoint.BEFORE_ASSIGN, ask.ticket_id)
    try:
        book(database, [booking], {ask.expert_id: diary}, instead_of=ask.instead_of)
    except PositionTaken as refused:
        raise _position_taken() from refused
    reached(Failpoint.AFTER_REPLACE if replaces else Failpoint.AFTER_ASSIGN, ask.ticket_id)


def _position_taken() -> Conflict:
    return Conflict("position-taken", "Somebody holds this position.", field="/position")


def _waiting(evaluation: Evaluation, unstaffed: Settlement) -> Settlement:
    if evaluation.fullness is Fullness.EMPTY:
        return unstaffed.model_copy(update={"ineligible": evaluation.ineligible})
    return Settlement(
        match_state=_STATES[evaluation.fullness],
        missing=evaluation.missing,
        ineligible=evaluation.ineligible,
    )


def _chosen(evaluation: Evaluation, group: VisitGroup, now: datetime) -> Settlement:
    solution = evaluation.solution
    assert solution is not None, "only a full group is booked"
    return Settlement(
        match_state=MatchState.FINALISED,
        booked_at=now,
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
