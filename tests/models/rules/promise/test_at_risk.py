"""Three quarters of a clock, and the whole: when that is, what is written down, what rings."""

from datetime import datetime, timedelta

from models.field import FactKind
from models.matching.offer import OfferedTimes, OfferedVisit
from models.messages.matching import OfferSlots
from models.promise.policy import NORMAL
from models.promise.sla import Clock, ClockName, ClockState, ServiceLevel
from models.rules.promise.sla import clock_of, clocked, promised_anew, subject_of
from models.rules.ticket import offering
from models.rules.ticket.waiting import caught_up, timers
from models.ticket import Ticket
from tests.models.rules.stories import (
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    TICKET,
    VISIT,
    admitted,
    after,
    between,
    scheduled,
    with_promise,
    written,
)

SERVICE = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
SECOND = timedelta(seconds=1)
C, S = ClockName, ClockState
RISK, DUE = NOW + 6 * HOUR, NOW + 8 * HOUR


def promised(ticket: Ticket, now: datetime = NOW) -> Ticket:
    return clocked(with_promise(ticket, service=SERVICE), now)


def clock(ticket: Ticket, name: ClockName = C.SCHEDULE) -> Clock:
    return next(c for c in ticket.promise.clocks if (c.name, c.round) == (name, ticket.round))


def ringing(ticket: Ticket, now: datetime = NOW) -> list[tuple[str, datetime, str]]:
    """Of the timers that run, those of clocks."""
    found = timers(ticket, now)
    return [(t.name, t.due_at, t.subject) for t in found if t.name.startswith("sla_")]


def test_three_quarters_of_a_clock_are_an_event_at_that_moment_and_not_a_second_before() -> None:
    ticket = promised(admitted())
    assert clocked(ticket, RISK - SECOND) is ticket
    risky = clocked(ticket, RISK, RISK + SECOND)
    facts = {"clock": "schedule", "round": 1, "due": DUE.isoformat()}
    assert written(risky, ticket) == [("sla.at_risk", HOUSE, facts)]
    assert (risky.news[-1].occurred_at, risky.news[-1].recorded_at) == (RISK, RISK + SECOND)
    assert clock(risky).at_risk
    assert clock(risky).verdict is None
    assert clocked(risky, DUE - SECOND) is risky


def test_what_nobody_was_there_to_see_is_written_down_in_its_order() -> None:
    ticket = promised(admitted())
    seen = [what for what, _, _ in written(clocked(ticket, DUE), ticket)]
    assert seen == ["sla.at_risk", "sla.breached"]


def test_what_has_happened_by_then_was_never_at_risk() -> None:
    at = NOW + 54 * HOUR
    assert clock(promised(scheduled()), C.ONSITE).risk_at == at
    for moment, said in ((at, []), (at + SECOND, ["sla.at_risk"])):
        ticket = promised(scheduled())
        there = after(ticket, FactKind.ON_SITE, at=moment)
        late = clocked(there, at + HOUR)
        seen = [what for what, _, _ in written(late, there)]
        assert (seen, clock(late, C.ONSITE).verdict) == (said, S.MET)


def test_each_clock_rings_at_three_quarters_and_at_its_end_until_it_is_judged() -> None:
    ticket = promised(admitted())
    schedule, onsite, resolve = (f"{TICKET}:{name}" for name in ("schedule", "onsite", "resolve"))
    assert ringing(ticket) == [
        ("sla_at_risk", RISK, schedule),
        ("sla_breached", DUE, schedule),
        ("sla_at_risk", NOW + 54 * HOUR, onsite),
        ("sla_breached", NOW + 64 * HOUR, onsite),
        ("sla_at_risk", NOW + 69 * HOUR, resolve),
        ("sla_breached", NOW + 84 * HOUR, resolve),
    ]
    assert ringing(clocked(ticket, RISK), RISK)[0] == ("sla_breached", DUE, schedule)
    assert ringing(clocked(ticket, DUE), DUE)[0][2] == onsite
    settled = promised(scheduled())
    assert ringing(settled)[0][2] == onsite


def test_a_ticket_whose_clocks_are_all_judged_rings_no_more() -> None:
    over = NOW + 999 * HOUR
    assert ringing(clocked(promised(admitted()), over)) == []


def test_while_it_waits_for_the_customer_without_an_end_no_clock_rings() -> None:
    ticket = promised(admitted().but(filing=admitted().filing.but(slots=())))
    assert ringing(ticket) == []


def test_a_clock_is_judged_by_the_timer_that_rang_and_not_by_the_time_it_is_by_then() -> None:
    ticket = promised(admitted())
    assert caught_up(ticket, RISK - SECOND, DUE + HOUR).promise == ticket.promise
    assert clock(caught_up(ticket, RISK, DUE + HOUR)).verdict is None
    assert clock(caught_up(ticket, DUE, DUE + HOUR)).verdict is S.BREACHED


def test_what_has_run_out_is_not_stopped_by_what_comes_before_its_timer_is_heard() -> None:
    ticket = promised(admitted())
    times = OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=between(26, 28)),))
    offer = OfferSlots(offer_id="off_1", options=(times,), by=HELPDESK)
    asked = offering.slots_offered(ticket, offer, DUE + SECOND)
    assert clock(clocked(asked, NOW, DUE + SECOND)) == clock(ticket)
    assert clock(clocked(asked, NOW, DUE - SECOND)).due_at != DUE
    assert clock(clocked(asked, DUE, DUE + SECOND)).verdict is S.BREACHED


def test_another_promise_is_at_risk_when_it_is_itself() -> None:
    risky = clocked(promised(admitted()), RISK)
    longer = promised_anew(risky, SERVICE.but(schedule=20 * HOUR), RISK)
    assert (clock(longer).at_risk, clock(longer).risk_at) == (False, NOW + 15 * HOUR)
    same = promised_anew(risky, SERVICE.but(schedule=8 * HOUR), RISK)
    assert clock(same).at_risk
    shorter = promised_anew(promised(admitted()), SERVICE.but(schedule=2 * HOUR), RISK)
    assert (clock(shorter).risk_at, clock(shorter).due_at) == (NOW + 1.5 * HOUR, NOW + 2 * HOUR)
    assert ringing(shorter)[0][1] == NOW + 1.5 * HOUR


def test_what_had_run_out_before_another_promise_is_left_to_its_timer() -> None:
    ticket = promised(admitted())
    anew = promised_anew(ticket, SERVICE.but(schedule=20 * HOUR), DUE)
    assert clock(anew) == clock(ticket)
    assert clock(promised_anew(ticket, SERVICE.but(schedule=20 * HOUR), DUE - SECOND)) != clock(
        anew
    )


def test_what_waited_while_it_was_at_risk_is_said_to_be_once() -> None:
    ticket = clocked(promised(admitted()), RISK)
    times = OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=between(40, 42)),))
    offer = OfferSlots(offer_id="off_1", options=(times,), by=HELPDESK)
    asked = clocked(offering.slots_offered(ticket, offer, RISK), RISK)
    over = RISK + NORMAL.accept_link_ttl
    assert (clock(asked).risk_at, clock(asked).due_at) == (over, over + 2 * HOUR)
    later = clocked(asked, over + HOUR)
    assert [e.type for e in later.news].count("sla.at_risk") == 1


def test_a_clock_is_found_by_its_name_and_in_the_round_that_runs() -> None:
    ticket = promised(admitted())
    for name in ClockName:
        found = clock_of(ticket, subject_of(ticket, name))
        assert found is not None
        assert found.name is name
    assert clock_of(ticket, TICKET) is None
    assert clock_of(ticket.but(round=2), subject_of(ticket, C.SCHEDULE)) is None
