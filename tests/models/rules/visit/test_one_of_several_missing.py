"""Of several people one is missing: somebody is asked about them, and may come in their place."""

from datetime import timedelta

import pytest

from models.escalation import EscalationReason
from models.field import FactKind
from models.matching.problem import HeldSkill
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.messages.matching import AssignExpert
from models.rules.escalation.doubts import doubts_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.lacking import position_to_fill
from models.rules.escalation.ranking import Able
from models.rules.escalation.registry import KINDS
from models.rules.escalation.stand_ins import stand_ins
from models.rules.matching.replacing import booking_instead
from models.rules.ticket.waiting import caught_up, timers
from models.rules.visit.attendance import reminded, rescheduled
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket, TimerName
from models.visit import ProposalState, VisitState
from tests.models.rules.stories import ANNA, BEN, VISIT, fact, happenings, named, refused
from tests.models.rules.visit.chains import HERE, at, desk, expert, span
from tests.models.rules.visit.test_presence import short, told

K, S = FactKind, VisitState
CARL = named("exp", 3)
MINUTE = timedelta(minutes=1)


def test_who_is_silent_is_asked_about_though_another_has_set_out() -> None:
    for further in (K.EN_ROUTE, K.ON_SITE):
        ticket = told((further, ANNA, 12))
        assert [d.reason for d in doubts_of(ticket, at(12.5))] == ["NO_ACK"]
    answered, _ = reported(ticket, fact(K.ACKNOWLEDGED, BEN, at(12)), at(12))
    assert doubts_of(answered, at(12.5)) == []


def late(ticket: Ticket) -> list[str]:
    return [d.reason for d in doubts_of(ticket, at(13.25))]


def test_whoever_is_missing_is_asked_about_though_another_is_there() -> None:
    ticket = told((K.ACKNOWLEDGED, BEN, 12), (K.ON_SITE, ANNA, 13))
    assert ticket.visits[0].state is S.ON_SITE
    assert late(ticket) == ["LATE_START"]
    due = [t.due_at for t in timers(ticket, at(13)) if t.name == TimerName.LATE_START]
    assert due == [at(13.25)]
    there, _ = reported(ticket, fact(K.ON_SITE, BEN, at(13.1)), at(13.1))
    assert late(there) == []
    assert not [t for t in timers(there, at(13.1)) if t.name == TimerName.LATE_START]


def test_whoever_began_without_them_has_decided_that() -> None:
    assert late(short()) == []


def test_whose_customer_has_somebody_there_is_not_told_that_nobody_came() -> None:
    late_one = caught_up(told((K.ON_SITE, ANNA, 13)), at(13.25))
    assert "visit.late_start" not in happenings(late_one)
    assert "visit.late_start" in happenings(caught_up(told(), at(13.25)))


def remind() -> RemindExpert:
    return RemindExpert(visit_id=VISIT, reason=EscalationReason.LATE_START, by=desk())


def anew() -> RescheduleVisit:
    return RescheduleVisit(visit_id=VISIT, reason=EscalationReason.LATE_START, by=desk())


WAITING = ((K.ON_SITE, ANNA, 13.0), (K.ACKNOWLEDGED, BEN, 12.0))
"""Anna is there, and waits for Ben, who has said that he knows of it."""


def test_only_who_is_missing_is_reminded() -> None:
    ticket = reminded(told(*WAITING), remind(), at(13.25))
    assert [e.data["expert_id"] for e in ticket.news] == [BEN]


def test_matched_anew_it_is_without_who_did_not_come_and_with_who_did() -> None:
    ticket = rescheduled(told(*WAITING), anew(), at(13.25))
    assert (ticket.visits[0].state, ticket.visits[0].crew) == (S.OPEN, ())
    states = {p.expert_id: p.state for p in ticket.matching.proposals}
    assert states == {ANNA: ProposalState.ACTIVE, BEN: ProposalState.WITHDRAWN}
    everybody = told((K.ON_SITE, ANNA, 13), (K.ON_SITE, BEN, 13))
    assert refused(lambda: rescheduled(everybody, anew(), at(13.25)))[1] == "illegal-transition"


def instead_of(who: str) -> AssignExpert:
    return AssignExpert(
        request_id="upd_1",
        visit_id=VISIT,
        position=1 if who == BEN else 0,
        expert_id=CARL,
        start=at(13),
        instead_of=who,
        reason=EscalationReason.LATE_START,
        by=desk(),
    )


def test_somebody_else_takes_the_place_of_who_is_missing_and_of_nobody_who_is_there() -> None:
    ticket = told(*WAITING)
    assert booking_instead(ticket, instead_of(BEN), at(13.25)).end == at(14)
    early = refused(lambda: booking_instead(ticket, instead_of(ANNA), at(13.25)))
    assert early[1] == "illegal-transition"
    begun = short()
    assert refused(lambda: booking_instead(begun, instead_of(ANNA), at(13.25)))[1] == early[1]


def test_the_page_asks_about_who_is_missing() -> None:
    ticket = told(*WAITING)
    seen = Picture(ticket=ticket, now=at(13.25), number=7, visit=ticket.visits[0])
    kind = KINDS[EscalationReason.LATE_START]
    assert kind.headline(seen) == "An expert of visit 1 of T-7 has not arrived."
    assert position_to_fill(ticket.visits[0], ticket.matching.groups[0]).idx == 1


def test_late_evidence_is_that_everybody_was_there_in_time() -> None:
    asked = caught_up(told(*WAITING), at(13.25))
    for when, because in ((13.2, "late_evidence"), (13.5, None)):
        there, _ = reported(asked, fact(K.ON_SITE, BEN, at(when)), at(14))
        ended = caught_up(there, at(14))
        [question] = [q for q in ended.doubts.questions if q.reason == "LATE_START"]
        assert (question.is_live, question.because) == (False, because)


# Who comes instead, to a visit that takes longer.


def longer() -> Ticket:
    """Anna was granted half an hour more, and Ben cannot come."""
    ticket = told((K.ON_SITE, ANNA, 13), (K.CANNOT_ARRIVE, BEN, 13))
    return ticket.with_visit(ticket.visits[0].but(extra=30 * MINUTE))


def test_whoever_comes_instead_is_booked_until_the_end_that_was_granted() -> None:
    ticket = longer()
    assert (
        booking_instead(ticket, instead_of(BEN), at(13.1)).end == ticket.visits[0].end == at(14.5)
    )


@pytest.mark.parametrize(("busy_from", "could"), [(14.25, False), (14.5, True)])
def test_only_who_is_free_until_then_could_come(busy_from: float, could: bool) -> None:
    ticket = longer()
    ticket = ticket.but(policies=ticket.policies.but(replacement_min_lead=timedelta(0)))
    able = Able(
        expert=expert(CARL).but(skills=(HeldSkill(code="refrigeration"),)),
        number=3,
        busy=(span(busy_from, 20),),
    )
    position = ticket.visits[0].positions[1]
    found = stand_ins([able], ticket, ticket.visits[0], position, HERE, at(12))
    assert [(c.start, c.end) for c in found] == [(at(13), at(14.5))] * could
