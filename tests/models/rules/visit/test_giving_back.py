"""A need for more time that was granted is taken back."""

from datetime import datetime, timedelta

import pytest

from models.field import FactKind
from models.messages.matching import ScheduledVisit
from models.messages.visit import GiveTimeBack, ReportVisit, TimeBack, VisitExtension
from models.rules.escalation.overrun import overrun_due
from models.rules.matching.rescheduling import visits_released
from models.rules.ticket.recording import free_again
from models.rules.visit.extending import extended, extension_due
from models.rules.visit.fieldwork import reported
from models.rules.visit.giving_back import given_back, return_due
from models.ticket import Ticket
from models.visit import MatchState
from tests.models.rules.stories import ANNA, BEN, HELPDESK, VISIT, fact, named
from tests.models.rules.visit import chains
from tests.models.rules.visit.chains import at, chain, visit

K = FactKind
V2 = named("vis", 2)
WINDOW = timedelta(minutes=10)


def at_work(*others: str) -> Ticket:
    """Two visits that hang together; the first, from 13 to 14 o'clock, has begun."""
    ticket = chain(
        visit(1, 13, 14, ANNA, *others), visit(2, 14, 15, BEN), rules=[chains.after(1, 2)]
    )
    ticket = ticket.but(policies=ticket.policies.but(correction_window=WINDOW))
    for who in (ANNA, *others):
        for kind in (K.ON_SITE, K.STARTED):
            ticket, _ = reported(ticket, fact(kind, who, at(13)), at(13))
    return ticket.but(news=())


def need(minutes: int, name: str = "more", when: float = 13.5) -> ReportVisit:
    return fact(K.NEED_MORE_TIME, ANNA, at(when), name=name, minutes=minutes)


def granted(ticket: Ticket, said: ReportVisit, *moved: ScheduledVisit) -> Ticket:
    """The ticket with what was asked for, as the calendars say it."""
    told, _ = reported(ticket, said, said.occurred_at)
    asked = extension_due(told, ticket, said, said.occurred_at)
    assert asked is not None
    found = VisitExtension(end=asked.end, granted=True, moved=moved)
    return extended(told, said, found, said.occurred_at).but(news=())


def taken_back(ticket: Ticket, name: str = "more", when: float = 13.55) -> Ticket:
    said = need(15, f"back-{name}", when).model_copy(update={"corrects": name, "kind": None})
    return reported(ticket, said, at(when))[0].but(news=())


def due(ticket: Ticket) -> GiveTimeBack:
    asked = return_due(ticket, at(13.6))
    assert asked is not None
    return asked


def returned(ticket: Ticket, end: float | None = None, *moved: ScheduledVisit) -> Ticket:
    """The ticket once the calendars gave as much back as was asked for, or so much."""
    asked = due(ticket)
    found = TimeBack(end=asked.end if end is None else at(end), moved=moved)
    return given_back(ticket, asked, found, at(13.6))


def begins(hour: float, visit_id: str = V2) -> ScheduledVisit:
    return ScheduledVisit(visit_id=visit_id, start=at(hour))


def end_of(ticket: Ticket) -> datetime | None:
    return ticket.visits[0].end


def test_nothing_is_given_back_that_was_not_granted_or_not_taken_back() -> None:
    assert return_due(at_work(), at(13.6)) is None
    assert return_due(granted(at_work(), need(30)), at(13.6)) is None
    refused, _ = reported(at_work(), need(30), at(13.5))
    assert return_due(taken_back(refused), at(13.6)) is None


def test_the_end_is_what_it_was_and_who_is_there_hears_it() -> None:
    ticket = taken_back(granted(at_work(BEN), need(30)))
    asked = due(ticket)
    assert (asked.visit_id, asked.end, asked.moved) == (VISIT, at(14), ())
    ticket = returned(ticket)
    assert end_of(ticket) == at(14)
    told = [(e.type, e.data.get("expert_id")) for e in ticket.news]
    assert told == [
        ("visit.time_given_back", ANNA),
        ("assignment.shortened", ANNA),
        ("assignment.shortened", BEN),
    ]
    assert ticket.news[0].data == {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "client_event_id": "more",
        "minutes": 30,
        "end": at(14).isoformat(),
        "moved": [],
        "stayed": [],
    }
    assert free_again(ticket) == tuple(sorted((ANNA, BEN)))
    assert return_due(ticket, at(13.6)) is None, "it is over"


def test_what_moved_for_it_is_asked_about_and_its_people_hear_of_the_way_back() -> None:
    ticket = taken_back(granted(at_work(), need(45), begins(14.75)))
    [shift] = due(ticket).moved
    assert (shift.visit_id, shift.was, shift.start) == (V2, at(14), at(14.75))
    ticket = returned(ticket, None, begins(14))
    assert [v.start for v in ticket.visits] == [at(13), at(14)]
    facts = {e.type: e.data for e in ticket.news}
    assert (facts["visit.time_given_back"]["moved"], facts["visit.changed"]["start"]) == (
        [V2],
        at(14).isoformat(),
    )
    assert facts["assignment.brought_forward"] == {
        "assignment_id": named("asg", 20),
        "visit_id": V2,
        "expert_id": BEN,
        "start": at(14).isoformat(),
    }


def test_what_cannot_go_back_is_named_and_nobody_is_told_of_what_did_not_change() -> None:
    ticket = taken_back(granted(at_work(), need(45), begins(14.75)))
    part = returned(ticket, 14.25)
    assert (end_of(part), part.visits[1].start) == (at(14.25), at(14.75))
    [facts] = [e.data for e in part.news if e.type == "visit.time_given_back"]
    assert (facts["minutes"], facts["stayed"]) == (30, [V2])
    none = returned(ticket, 14.75)
    assert [e.type for e in none.news] == ["visit.time_given_back"]
    assert none.news[0].data["minutes"] == 0
    assert return_due(none, at(13.6)) is None


def test_of_two_grants_only_the_minutes_go_that_were_taken_back() -> None:
    ticket = granted(at_work(), need(30), begins(14.5))
    ticket = granted(ticket, need(15, "again", 13.51), begins(14.75))
    first = taken_back(ticket)
    assert due(first).end == at(14.25)
    [shift] = due(first).moved
    assert (shift.was, shift.start) == (at(14), at(14.75))
    first = returned(first, None, begins(14.25))
    assert end_of(first) == at(14.25)
    both = taken_back(first, "again", 13.57)
    assert due(both).end == at(14)
    [shift] = due(both).moved
    assert (shift.was, shift.start) == (at(14), at(14.25))
    newer = returned(taken_back(ticket, "again"), None, begins(14.5))
    assert end_of(newer) == at(14.5)
    assert due(taken_back(newer)).end == at(14)


def test_two_that_are_taken_back_at_once_go_back_one_after_the_other() -> None:
    ticket = granted(granted(at_work(), need(30)), need(15, "again", 13.51))
    ticket = taken_back(taken_back(ticket), "again")
    once = returned(ticket)
    assert end_of(once) == at(14.25)
    assert end_of(returned(once)) == at(14)


def test_a_newer_need_counts_from_when_it_was_said_once_the_older_does_not_count() -> None:
    ticket = granted(at_work(), need(15, "first", 14.05))
    assert end_of(ticket) == at(14.5), "from the quarter hour on"
    ticket = granted(ticket, need(30, "again", 14.1))
    assert end_of(ticket) == at(15)
    assert due(taken_back(ticket, "first", 14.15)).end == at(14.75)


def test_work_that_is_over_gives_nothing_back_until_it_is_not() -> None:
    ticket = granted(at_work(), need(30))
    done, _ = reported(ticket, fact(K.COMPLETED, ANNA, at(13.52), name="done"), at(13.52))
    done = taken_back(done)
    assert return_due(done, at(13.6)) is None
    undone = taken_back(done, "done")
    assert due(undone).end == at(14)


def test_a_visit_that_is_matched_anew_has_its_own_length_and_gives_nothing_back() -> None:
    ticket = granted(at_work(), need(30))
    released = visits_released(ticket, [VISIT], HELPDESK, at(13.52))
    assert released.visits[0].grants == ()
    assert return_due(taken_back(released), at(13.6)) is None


def test_somebody_is_asked_about_the_earlier_end() -> None:
    ticket = granted(at_work(), need(30))
    before = overrun_due(ticket, ticket.visits[0])
    ticket = returned(taken_back(ticket))
    after = overrun_due(ticket, ticket.visits[0])
    assert before is not None
    assert after is not None
    assert before - after == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("state", "again"), [(MatchState.PARTIAL, True), (MatchState.FINALISED, False)]
)
def test_what_still_waits_to_be_staffed_is_matched_behind_the_earlier_end(
    state: MatchState, again: bool
) -> None:
    ticket = taken_back(granted(at_work(), need(30)))
    [group] = ticket.matching.groups
    ticket = ticket.with_group(group.but(match_state=state, needs_matching=False))
    assert returned(ticket).matching.groups[0].needs_matching is again
