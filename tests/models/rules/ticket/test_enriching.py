"""What is added to a ticket that was entered in brief, without a server."""

import pytest

from models.errors import Conflict
from models.escalation import EscalationReason
from models.messages.ticket import Admission, ChangeSlots, DecideCoverage, EnrichTicket
from models.rules.escalation.doubts import doubts_of
from models.rules.ticket.enriching import addition_of, enriched, require_enrichable, with_times
from models.rules.ticket.intake import with_coverage
from models.rules.transitions import status_of
from models.ticket import Coverage, Missing, Ticket, TicketStatus
from tests.models.rules.stories import (
    BY_CUSTOMER,
    HELPDESK,
    NOW,
    admitted,
    between,
    completed,
    happenings,
    with_filing,
    written,
)
from tests.models.rules.ticket.test_readmission import admission

MODEL = "mod_bosch-kgn39vleb"
BOTH = (Missing.MODEL, Missing.SLOTS)


def in_brief(*awaited: Missing, coverage: Coverage = Coverage.COVERED) -> Ticket:
    """A ticket that waits for what was left out."""
    ticket = with_filing(admitted(coverage), awaited=awaited, slots=())
    return ticket.but(review_open=True)


def added(ticket: Ticket, found: Admission | None = None, **what: object) -> Ticket:
    say = EnrichTicket.model_validate({"by": HELPDESK, **what})
    return enriched(ticket, say, found or admission(), NOW)


def test_a_part_of_what_is_missing_leaves_the_ticket_in_review() -> None:
    ticket = added(in_brief(*BOTH), model_id=MODEL)
    assert (ticket.filing.awaited, status_of(ticket)) == ((Missing.SLOTS,), TicketStatus.REVIEW)
    [(kind, _, facts)] = written(ticket)[-1:]
    assert (kind, facts["added"], facts["missing"]) == ("ticket.enriched", ["model_id"], ["slots"])
    assert [d.reason for d in doubts_of(ticket, NOW)] == [EscalationReason.DATA_MISSING]


@pytest.mark.parametrize(
    "what",
    [
        {"model_id": MODEL, "slots": [between(30, 36)]},
        {"model_text_given": True, "sealed": "s", "slots": [between(30, 36)]},
        {"category": "oven", "without": [Missing.SLOTS]},
        {"without": list(BOTH)},
    ],
)
def test_all_of_it_has_experts_told(what: dict[str, object]) -> None:
    ticket = added(in_brief(*BOTH), **what)
    assert status_of(ticket) is TicketStatus.MATCHING
    assert happenings(ticket)[-2:] == ["ticket.enriched", "visit.offered"]
    assert doubts_of(ticket, NOW) == []


def test_what_no_plan_covers_stays_in_review_with_nothing_missing() -> None:
    ticket = added(
        in_brief(*BOTH, coverage=Coverage.UNKNOWN),
        admission(coverage=Coverage.NOT_COVERED),
        without=list(BOTH),
    )
    assert [d.reason for d in doubts_of(ticket, NOW)] == [EscalationReason.NOT_COVERED]
    assert status_of(ticket) is TicketStatus.REVIEW


def test_an_address_of_its_own_is_where_the_ticket_is() -> None:
    say = EnrichTicket(by=HELPDESK, zone="berlin", sealed="s")
    asked = addition_of(in_brief(*BOTH), say, NOW)
    assert (asked.filing.own_zone, asked.sealed) == ("berlin", "s")
    ticket = added(with_filing(in_brief(), zone=None), zone="berlin", sealed="s")
    assert (ticket.filing.zone, ticket.filing.own_zone) == ("berlin", "berlin")


def test_times_of_the_customers_own_are_as_good_where_nothing_else_is_missing() -> None:
    change = ChangeSlots(slots=(between(30, 36),), by=BY_CUSTOMER)
    ticket = with_times(in_brief(Missing.SLOTS), change, NOW)
    assert (ticket.filing.awaited, status_of(ticket)) == ((), TicketStatus.MATCHING)
    assert happenings(ticket)[-1] == "visit.offered"
    ticket = with_times(in_brief(*BOTH), change, NOW)
    assert (ticket.filing.awaited, status_of(ticket)) == ((Missing.MODEL,), TicketStatus.REVIEW)
    unpaid = in_brief(Missing.SLOTS, coverage=Coverage.NOT_COVERED)
    assert status_of(with_times(unpaid, change, NOW)) is TicketStatus.REVIEW


def test_who_pays_is_settled_and_what_is_missing_is_waited_for_still() -> None:
    paid = DecideCoverage(coverage=Coverage.WAIVED, by=HELPDESK)
    ticket = with_coverage(in_brief(*BOTH, coverage=Coverage.UNKNOWN), paid, NOW)
    assert (ticket.promise.coverage, status_of(ticket)) == (Coverage.WAIVED, TicketStatus.REVIEW)


def test_nothing_is_added_once_the_work_is_done_or_to_a_ticket_that_has_changed() -> None:
    with pytest.raises(Conflict) as refused:
        require_enrichable(completed(), EnrichTicket(by=HELPDESK, model_id=MODEL), NOW)
    assert refused.value.code == "illegal-transition"
    older = EnrichTicket(by=HELPDESK.but(seen=1), model_id=MODEL)
    with pytest.raises(Conflict) as refused:
        added(in_brief(), **older.model_dump())
    assert refused.value.code == "ticket-changed"
