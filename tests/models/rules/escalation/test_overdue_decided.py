"""What ends a question about a clock that is late, what its page says, what is decided."""

from datetime import datetime

import pytest

from models.errors import Conflict
from models.escalation import Action, EscalationReason, Question
from models.field import FactKind
from models.messages.escalation import ExtendWait, NoteDelay
from models.promise.sla import SlaAsks
from models.rules.escalation import delaying
from models.rules.escalation.doubts import wait_extended
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS
from models.rules.promise.sla import clock_of, promised_anew
from models.rules.ticket.waiting import caught_up
from models.ticket import Ticket
from tests.models.rules.escalation.test_overdue import (
    DUE,
    ONSITE,
    RESOLVE,
    RISK,
    SCHEDULE,
    SECOND,
    SERVICE,
    R,
    live,
    promised,
    waiting,
)
from tests.models.rules.stories import (
    DESK,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    proposed,
    refused,
    scheduled,
    written,
)

# Late evidence


def answered(ticket: Ticket, reason: EscalationReason) -> Question:
    return next(q for q in ticket.doubts.questions if q.reason is reason)


@pytest.mark.parametrize(
    ("at", "because"),
    [
        (NOW + 24.25 * HOUR, "late_evidence"),
        (NOW + 24.25 * HOUR + SECOND, None),
    ],
)
def test_who_was_there_in_time_ends_the_question_about_it_by_late_evidence(
    at: datetime, because: str | None
) -> None:
    asked = caught_up(promised(scheduled()), NOW + 24.25 * HOUR)
    assert live(asked) == [(VISIT, R.LATE_START)]
    there = after(asked, FactKind.ON_SITE, at=at)
    ended = caught_up(there, NOW + 24.25 * HOUR, NOW + 25 * HOUR)
    assert answered(ended, R.LATE_START).because == because


def test_a_restated_verdict_ends_its_question_by_late_evidence() -> None:
    unasked = {"evidence_grace": 24 * HOUR, "overrun_after": 720 * HOUR}
    ticket = promised(scheduled(), **unasked)
    started = after(ticket, FactKind.STARTED, at=NOW + 83 * HOUR)
    asked = caught_up(started, NOW + 84 * HOUR)
    assert live(asked) == [(RESOLVE, R.SLA_BREACHED)]
    done = after(asked, FactKind.COMPLETED, at=NOW + 84 * HOUR)
    ended = caught_up(done, NOW + 84 * HOUR, NOW + 85 * HOUR)
    assert live(ended) == []
    assert answered(ended, R.SLA_BREACHED).because == "late_evidence"


def test_whoever_works_on_is_asked_about_and_not_the_clock() -> None:
    started = after(promised(scheduled()), FactKind.STARTED, at=NOW + 83 * HOUR)
    assert live(caught_up(started, NOW + 84 * HOUR)) == [(VISIT, R.OVERRUN)]


def test_a_question_that_ends_otherwise_says_nothing_more() -> None:
    asked = caught_up(promised(scheduled()), NOW + 4 * HOUR)
    assert live(asked) == [(VISIT, R.NO_ACK)]
    ended = caught_up(after(asked, FactKind.ACKNOWLEDGED), NOW + 4 * HOUR)
    assert answered(ended, R.NO_ACK).because is None
    late = caught_up(waiting(), DUE)
    settled = caught_up(scheduled().but(doubts=late.doubts, promise=late.promise), DUE)
    assert answered(settled, R.SLA_BREACHED).because is None


# What they decide


def note(reason: EscalationReason = R.SLA_BREACHED, *, tell: bool = False) -> NoteDelay:
    return NoteDelay(
        subject=SCHEDULE, reason=reason, by=HELPDESK, tell_customer=tell, note_id="nte_1"
    )


def test_what_somebody_took_note_of_is_asked_no_more() -> None:
    late = caught_up(waiting(), DUE)
    noted = delaying.delay_noted(late, note(), DUE)
    facts = {"clock": "schedule", "round": 1, "reason": "SLA_BREACHED", "note_id": "nte_1"}
    assert written(noted, late) == [("delay.noted", DESK, facts)]
    assert live(caught_up(noted, DUE)) == []
    assert live(caught_up(noted, NOW + 60 * HOUR)) == []


def test_the_customer_is_told_once_if_that_was_decided() -> None:
    late = caught_up(waiting(), DUE)
    told = delaying.delay_noted(late, note(tell=True), DUE)
    assert written(told, late)[1] == ("delay.told", DESK, {"clock": "schedule", "round": 1})
    assert live(caught_up(told, DUE)) == []


def test_who_took_note_that_it_is_at_risk_is_asked_when_it_has_run_out() -> None:
    risky = caught_up(waiting(SlaAsks.RISK), RISK)
    noted = caught_up(delaying.delay_noted(risky, note(R.SLA_AT_RISK), RISK), RISK)
    assert live(noted) == []
    assert live(caught_up(noted, DUE)) == [(SCHEDULE, R.SLA_BREACHED)]


def test_what_was_noted_of_a_promise_is_asked_anew_of_another() -> None:
    risky = caught_up(waiting(SlaAsks.RISK), RISK)
    noted = delaying.delay_noted(risky, note(R.SLA_AT_RISK), RISK)
    anew = promised_anew(noted, SERVICE.but(schedule=20 * HOUR), RISK)
    assert live(caught_up(anew, NOW + 15 * HOUR)) == [(SCHEDULE, R.SLA_AT_RISK)]


def test_of_what_is_not_late_any_more_nobody_takes_note() -> None:
    for ticket, reason in ((waiting(), R.SLA_BREACHED), (caught_up(waiting(), DUE), R.SLA_AT_RISK)):
        asked = note(reason)
        assert refused(lambda t=ticket, n=asked: delaying.delay_noted(t, n, DUE))[:2] == (
            Conflict,
            "doubt-gone",
        )


def test_whoever_waits_longer_is_asked_again_afterwards() -> None:
    late, until = caught_up(waiting(), DUE), DUE + 3 * HOUR
    wait = ExtendWait(subject=SCHEDULE, reason=R.SLA_BREACHED, by=HELPDESK, until=until)
    patient = caught_up(wait_extended(late, wait, DUE), DUE)
    assert live(patient) == live(caught_up(patient, until - SECOND)) == []
    assert live(caught_up(patient, until)) == [(SCHEDULE, R.SLA_BREACHED)]


# What they read


def picture(ticket: Ticket, subject: str = SCHEDULE) -> Picture:
    return Picture(
        ticket=ticket,
        now=DUE + HOUR,
        number=7,
        tz="Europe/Berlin",
        clock=clock_of(ticket, subject),
    )


def test_the_page_says_what_was_promised_and_how_far_the_ticket_is() -> None:
    seen = picture(proposed(caught_up(waiting(), DUE)))
    kind = KINDS[R.SLA_BREACHED]
    assert kind.headline(seen) == (
        "T-7 is not settled, and should have been by Mon 02 Mar 17:00 (Europe/Berlin)."
    )
    assert list(kind.facts(seen)) == [
        "Promised within 8 h 00 min day and night; 9 h 00 min are used up",
        "Appliance: refrigerator, urgency normal, zone berlin",
        "Visit 1: open, no time yet, proposals that wait: 1",
    ]
    assert set(kind.possible(seen)) == {
        *(Action.TELL_DELAY, Action.NOTE_DELAY, Action.EXTEND_WAIT, Action.CANCEL)
    }


def test_the_page_says_that_a_report_may_still_come() -> None:
    ticket = caught_up(promised(scheduled()), NOW + 64 * HOUR)
    seen = picture(ticket, ONSITE).but(now=NOW + 65 * HOUR)
    facts = list(KINDS[R.SLA_BREACHED].facts(seen))
    assert facts[-1] == "A report that still comes may show that it was kept"
    assert "Visit 1: scheduled, Tue 03 Mar 09:00 (Europe/Berlin)" in facts
    final = seen.but(now=NOW + 88 * HOUR)
    assert "A report" not in list(KINDS[R.SLA_BREACHED].facts(final))[-1]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (SCHEDULE, "T-7 is not settled, and should be by"),
        (ONSITE, "T-7 has nobody on site, and should be by"),
        (RESOLVE, "T-7 is not done, and should be by"),
    ],
)
def test_of_a_clock_that_is_at_risk_it_says_by_when(subject: str, words: str) -> None:
    seen = picture(promised(admitted()), subject)
    assert KINDS[R.SLA_AT_RISK].headline(seen).startswith(words)
