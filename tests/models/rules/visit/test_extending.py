"""A need for more time, granted or not."""

from datetime import datetime, timedelta

import pytest

from models.errors import Conflict
from models.field import FactKind
from models.messages.matching import ScheduledVisit
from models.messages.visit import ExtendVisit, ReportVisit, VisitExtension
from models.rules.money.plausibility import is_implausible, worked
from models.rules.visit.extending import extended, extension_due, no_room
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from models.visit import AssignmentState, MatchState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    VISIT,
    after,
    fact,
    happenings,
    named,
    refused,
    scheduled,
    written,
)
from tests.models.rules.visit import chains
from tests.models.rules.visit.chains import at, chain, visit

K = FactKind
MINUTE = timedelta(minutes=1)
V2 = named("vis", 2)
ASKED = at(13.5)


def at_work(*others: str) -> Ticket:
    """Two visits that hang together; the first, from 13 to 14 o'clock, has begun."""
    ticket = chain(
        visit(1, 13, 14, ANNA, *others),
        visit(2, 14, 15, BEN),
        rules=[chains.after(1, 2)],
    )
    for who in (ANNA, *others):
        for kind in (K.ON_SITE, K.STARTED):
            ticket, _ = reported(ticket, fact(kind, who, at(13)), at(13))
    return ticket.but(news=())


def need(minutes: int = 30, when: datetime = ASKED, name: str = "more") -> ReportVisit:
    return fact(K.NEED_MORE_TIME, ANNA, when, name=name, minutes=minutes)


def due(ticket: Ticket, said: ReportVisit) -> ExtendVisit | None:
    told, _ = reported(ticket, said, said.occurred_at)
    return extension_due(told, ticket, said, said.occurred_at)


def granted(end: float, *moved: ScheduledVisit) -> VisitExtension:
    return VisitExtension(end=at(end), granted=True, moved=moved)


def with_room(ticket: Ticket, said: ReportVisit, found: VisitExtension) -> Ticket:
    told, _ = reported(ticket, said, said.occurred_at)
    return extended(told, said, found, said.occurred_at)


# What the calendars are asked.


@pytest.mark.parametrize(
    ("minutes", "when", "end"),
    [
        (15, 13.5, 14.25),
        (240, 13.5, 18),
        (30, 14, 14.5),
        (30, 14.01, 14.75),
        (30, 14.25, 14.75),
        (15, 17, 17.25),
    ],
)
def test_minutes_count_from_the_planned_end_or_from_when_they_were_asked_for_after_it(
    minutes: int, when: float, end: float
) -> None:
    asked = due(at_work(), need(minutes, at(when)))
    assert asked is not None
    assert (asked.visit_id, asked.end, asked.now) == (VISIT, at(end), at(when))


def test_the_calendars_are_asked_about_what_hangs_together_and_no_more() -> None:
    ticket = at_work()
    other = ticket.visits[1].but(id=named("vis", 9), seq=9, group_id=named("grp", 9))
    asked = due(ticket.but(visits=(*ticket.visits, other)), need())
    assert asked is not None
    assert [v.id for v in asked.ticket.visits] == [VISIT, V2]
    assert {p.id for p in asked.ticket.matching.proposals} == {named("prp", 10), named("prp", 20)}


def test_time_is_asked_for_again_from_the_end_that_was_granted() -> None:
    ticket = with_room(at_work(), need(15), granted(14.25))
    again = due(ticket, need(30, name="again"))
    assert again is not None
    assert again.end == at(14.75)


def test_the_same_report_asks_nothing_again() -> None:
    ticket = with_room(at_work(), need(), granted(14.5))
    assert due(ticket, need()) is None
    _, answer = reported(ticket, need(), at(14))
    assert (answer.repeated, answer.end) == (True, at(14.5))


def test_who_is_done_needs_no_time() -> None:
    ticket, _ = reported(at_work(BEN), fact(K.COMPLETED, ANNA, at(13.75)), at(13.75))
    assert due(ticket, need()) is None


def test_who_was_let_go_is_given_none() -> None:
    ticket = at_work(BEN)
    [one, other] = ticket.visits[0].assignments
    gone = one.but(state=AssignmentState.RELEASED)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(gone, other)))
    assert due(ticket, need()) is None


# It is granted.


def test_the_visit_lasts_longer_and_everybody_on_it_hears_until_when() -> None:
    before = at_work(BEN)
    ticket = with_room(before, need(), granted(14.5))
    first = ticket.visits[0]
    assert (first.start, first.duration, first.extra, first.end) == (
        *(at(13), timedelta(hours=1)),
        *(timedelta(minutes=30), at(14.5)),
    )
    assert written(ticket) == [
        (
            "visit.need_more_time",
            ANNA,
            {
                "visit_id": VISIT,
                "expert_id": ANNA,
                "state": VisitState.IN_PROGRESS,
                "client_event_id": "more",
                "minutes": 30,
            },
        ),
        (
            "visit.extended",
            ANNA,
            {
                "visit_id": VISIT,
                "expert_id": ANNA,
                "minutes": 30,
                "end": at(14.5).isoformat(),
                "moved": [],
            },
        ),
        *(
            (
                "assignment.extended",
                ANNA,
                {
                    "assignment_id": a.id,
                    "visit_id": VISIT,
                    "expert_id": a.expert_id,
                    "end": at(14.5).isoformat(),
                },
            )
            for a in first.crew
        ),
    ]


def test_who_is_done_hears_of_no_more_time() -> None:
    ticket, _ = reported(at_work(BEN), fact(K.COMPLETED, BEN, at(13.5)), at(13.5))
    ticket = with_room(ticket.but(news=()), need(), granted(14.5))
    [told] = [e for e in ticket.news if e.type == "assignment.extended"]
    assert told.data["expert_id"] == ANNA


def test_what_moves_for_it_is_told_to_its_customer_and_its_expert() -> None:
    moved = ScheduledVisit(visit_id=V2, start=at(14.75))
    ticket = with_room(at_work(), need(45), granted(14.75, moved))
    later = ticket.visits[1]
    assert (later.start, later.end) == (at(14.75), at(15.75))
    assert later.crew[0].state is AssignmentState.RESERVED
    facts = {e.type: e.data for e in ticket.news}
    assert facts["visit.extended"]["moved"] == [V2]
    assert facts["visit.changed"] == {
        "visit_id": V2,
        "start": at(14.75).isoformat(),
        "end": at(15.75).isoformat(),
        "expert_ids": [BEN],
    }
    assert facts["assignment.shifted"] == {
        "assignment_id": named("asg", 20),
        "visit_id": V2,
        "expert_id": BEN,
        "start": at(14.75).isoformat(),
    }


def test_what_still_waits_to_be_staffed_is_matched_behind_the_later_end() -> None:
    ticket = at_work()
    [group] = ticket.matching.groups
    waiting = ticket.with_group(group.but(match_state=MatchState.PARTIAL))
    assert with_room(waiting, need(), granted(14.5)).matching.groups[0].needs_matching
    assert not with_room(ticket, need(), granted(14.5)).matching.groups[0].needs_matching


def test_granted_time_is_planned_work() -> None:
    ticket = scheduled()
    [one] = ticket.visits
    longer = one.but(extra=one.duration)
    [assignment] = one.crew
    assert worked(longer, assignment) == 2 * one.duration
    assert one.start is not None
    four = after(ticket.with_visit(longer), K.STARTED, at=one.start - timedelta(hours=1))
    end = one.start - timedelta(hours=1) + 5 * one.duration
    done, _ = reported(four, fact(K.COMPLETED, at=end), end)
    [long] = done.visits
    assert not is_implausible(long, long.crew[0], ticket.policies)
    assert is_implausible(long.but(extra=timedelta(0)), long.crew[0], ticket.policies)


# It is not.


def refusal(ticket: Ticket, said: ReportVisit | None = None) -> Conflict:
    found = no_room(ticket, said or need())
    assert found is not None
    return found


def denied(next_at: float | None = 14) -> Ticket:
    found = VisitExtension(
        end=at(14.5),
        granted=False,
        finish_by=at(14.25),
        next_at=None if next_at is None else at(next_at),
    )
    return with_room(at_work(), need(), found)


def test_where_there_is_no_room_the_options_are_named_and_nobody_else() -> None:
    ticket = denied()
    assert ticket.visits[0].end == at(14)
    told = refusal(ticket)
    assert (told.code, told.field) == ("next-visit-affected", "/minutes")
    assert told.evidence == {
        "options": [{"finish_by": at(14.25).isoformat(), "minutes": 15}, {"follow_up": True}],
        "next_at": at(14).isoformat(),
    }
    assert "2026-03-03 14:15 UTC" in told.detail
    assert refusal(denied(None)).evidence["next_at"] is None
    assert happenings(ticket) == ["visit.need_more_time", "visit.extension_refused"]
    assert ticket.news[-1].data == {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "client_event_id": "more",
        "minutes": 30,
        "end": at(14.25).isoformat(),
    }


def test_asked_again_it_is_refused_again_and_nothing_is_told_twice() -> None:
    ticket = denied()
    kind, code, _, evidence = refused(lambda: reported(ticket, need(), at(13.75)))
    assert (kind, code) == (Conflict, "next-visit-affected")
    assert evidence == refusal(ticket).evidence
    assert no_room(ticket, need(name="another")) is None


def test_less_may_be_asked_for_under_another_name() -> None:
    again = due(denied(), need(15, name="less"))
    assert again is not None
    assert again.end == at(14.25)
