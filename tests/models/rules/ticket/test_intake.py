"""How a ticket begins: what is known of it, what is written down, and who decides who pays."""

import pytest

from models.errors import Conflict, Invalid
from models.messages.ticket import Admission, CancelTicket, DecideCoverage, OpenTicket
from models.promise.policy import URGENT
from models.promise.sla import ServiceLevel
from models.rules.ticket import intake
from models.rules.ticket.closing import cancelled
from models.rules.ticket.intake import with_coverage
from models.ticket import Attention, Channel, Coverage, Filing, IdentityCheck, Ticket, Urgency
from models.visit import MatchState, Position, Visit, VisitGroup
from tests.models.rules.stories import (
    BY_CUSTOMER,
    CUSTOMER,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    LENGTH,
    NOW,
    TICKET,
    VISIT,
    admitted,
    between,
    filed,
    refused,
    with_matching,
    written,
)

LATER = NOW + HOUR
SERVICE = ServiceLevel(schedule=HOUR, onsite=2 * HOUR, resolve=3 * HOUR)
FOUND = Admission(
    zone="berlin",
    category="oven",
    plan_id="home-eur",
    coverage=Coverage.COVERED,
    duration=LENGTH,
    positions=(Position(idx=0, skill="electrical"),),
    attention=(Attention.SLOTS_MISSING,),
    policies=URGENT,
    service=SERVICE,
)
BEGUN = [
    ("visit.opened", HOUSE, {"visit_id": VISIT, "group_id": GROUP, "skills": ["electrical"]}),
    ("visit.offered", HOUSE, {"visit_id": VISIT}),
]


def looked_up(found: Admission = FOUND, ticket: Ticket | None = None) -> Ticket:
    return intake.admitted(ticket or filed(), found, VISIT, GROUP, LATER)


def decided(
    ticket: Ticket, coverage: Coverage = Coverage.WAIVED, note: str | None = None
) -> Ticket:
    decision = DecideCoverage(coverage=coverage, by=HELPDESK, note_id=note)
    return with_coverage(ticket, decision, LATER)


def call(check: IdentityCheck | None) -> OpenTicket:
    return OpenTicket(
        ticket_id=TICKET,
        customer_id=CUSTOMER,
        by=HELPDESK,
        channel=Channel.PHONE,
        urgency=Urgency.URGENT,
        opened_at=NOW,
        slots=(between(1, 3),),
        model_id="mod_oven",
        category="oven",
        model_text_given=True,
        sealed="",
        fingerprint="",
        identity_check=check,
    )


def test_a_ticket_begins_as_its_customer_filed_it() -> None:
    ticket = intake.opened(call(None))
    assert ticket.but(news=()) == Ticket(
        id=TICKET,
        filing=Filing(
            customer_id=CUSTOMER,
            channel=Channel.PHONE,
            urgency=Urgency.URGENT,
            opened_at=NOW,
            category="oven",
            model_id="mod_oven",
            slots=(between(1, 3),),
            model_text_given=True,
        ),
        seq=1,
        changed_at=NOW,
    )
    assert written(ticket) == [("ticket.received", DESK, {"channel": "phone"})]


def test_of_a_call_it_is_written_down_how_the_helpdesk_knew_who_it_was() -> None:
    [(_, _, facts)] = written(intake.opened(call(IdentityCheck.CALLED_BACK)))
    assert facts == {"channel": "phone", "identity_check": "called_back"}


def test_an_admission_by_what_is_remembered_says_how_old_that_is() -> None:
    found = FOUND.model_copy(update={"coverage_as_of": NOW})
    assert intake.admitted(filed(), found, VISIT, GROUP, LATER).promise.coverage_as_of == NOW


def test_a_ticket_that_was_looked_up_knows_what_the_file_says_and_has_a_visit() -> None:
    before = filed()
    ticket = looked_up()
    assert ticket == before.but(
        admitted=True,
        filing=before.filing.but(
            zone="berlin", category="oven", attention=(Attention.SLOTS_MISSING,)
        ),
        promise=before.promise.but(plan_id="home-eur", coverage=Coverage.COVERED, service=SERVICE),
        policies=URGENT,
        review_open=False,
        matching=before.matching.but(
            since=LATER, groups=(VisitGroup(id=GROUP, visit_ids=(VISIT,)),)
        ),
        visits=(
            Visit(id=VISIT, group_id=GROUP, seq=1, duration=LENGTH, positions=FOUND.positions),
        ),
        seq=ticket.seq,
        changed_at=LATER,
        news=ticket.news,
    )
    found = {"zone": "berlin", "category": "oven", "coverage": "COVERED"}
    said = {**found, "attention": ["slots_missing"], "start_code": False}
    admission = ("ticket.admitted", HOUSE, said)
    assert written(ticket, before) == [admission, *BEGUN]


@pytest.mark.parametrize(
    ("changed", "kept_back"),
    [
        ({"coverage": Coverage.NOT_COVERED}, True),
        ({"zone": None}, True),
        ({"coverage": Coverage.UNKNOWN}, False),
        ({"coverage": Coverage.PAY_PER_JOB}, False),
    ],
)
def test_experts_hear_of_a_ticket_unless_nobody_pays_or_nobody_knows_the_customer(
    changed: dict[str, object], kept_back: bool
) -> None:
    ticket = looked_up(FOUND.model_copy(update=changed))
    assert ticket.review_open is kept_back
    assert written(ticket)[2:] == (BEGUN[:1] if kept_back else BEGUN)


def test_a_ticket_given_up_before_it_was_looked_up_gets_no_visit() -> None:
    gone = cancelled(filed(), CancelTicket(by=BY_CUSTOMER), NOW)
    ticket = looked_up(ticket=gone)
    assert (ticket.admitted, ticket.visits, ticket.matching.groups) == (True, (), ())


# Who pays.


def test_a_decision_about_payment_lets_experts_hear_of_what_still_waits() -> None:
    before = admitted(Coverage.NOT_COVERED)
    stands = before.matching.groups[0].but(
        id="grp_2", match_state=MatchState.FINALISED, visit_ids=()
    )
    idle = stands.but(needs_matching=False)
    before = with_matching(
        before, groups=(before.matching.groups[0].but(needs_matching=False), idle)
    )
    ticket = decided(before, note="not_1")
    assert (ticket.promise.coverage, ticket.review_open) == (Coverage.WAIVED, False)
    assert ticket.matching.since == LATER
    assert [g.needs_matching for g in ticket.matching.groups] == [True, False]
    assert written(ticket, before) == [
        ("coverage.decided", DESK, {"coverage": "WAIVED", "note_id": "not_1"}),
        ("visit.offered", DESK, {"visit_id": VISIT}),
    ]


def test_experts_who_heard_of_a_visit_do_not_hear_of_it_again_when_it_is_paid() -> None:
    before = admitted(Coverage.UNKNOWN)
    assert [kind for kind, _, _ in written(decided(before), before)] == ["coverage.decided"]


def test_who_refuses_to_pay_keeps_the_ticket_back_and_its_patience_as_it_was() -> None:
    before = admitted(Coverage.UNKNOWN)
    ticket = decided(before, Coverage.NOT_COVERED)
    assert (ticket.promise.coverage, ticket.review_open) == (Coverage.NOT_COVERED, True)
    assert ticket.matching.since == NOW


def test_payment_alone_does_not_let_go_of_a_ticket_whose_customer_nobody_knows() -> None:
    before = admitted(Coverage.NOT_COVERED, zone=None)
    ticket = decided(before)
    assert (ticket.promise.coverage, ticket.review_open) == (Coverage.WAIVED, True)
    assert [kind for kind, _, _ in written(ticket, before)] == ["coverage.decided"]


def test_who_pays_is_decided_once_and_is_a_decision() -> None:
    paid = admitted(Coverage.COVERED)
    assert refused(lambda: decided(paid)) == (
        Conflict,
        "coverage-settled",
        None,
        {"coverage": "COVERED"},
    )
    open_ = admitted(Coverage.UNKNOWN)
    refusal = refused(lambda: decided(open_, Coverage.UNKNOWN))
    assert refusal == (Invalid, "coverage-undecided", "/coverage", {})
