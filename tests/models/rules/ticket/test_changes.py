"""Which parts of a ticket have changed, and what that sets free."""

from models.event import OURSELVES
from models.events.matching import BookingUndone
from models.events.visit import VisitOffered, VisitOpened
from models.field import FactKind
from models.messages.ticket import CancelTicket, RecordTicket
from models.rules.matching.proposing import proposed
from models.rules.ticket.closing import cancelled
from models.rules.ticket.recording import freed_experts, is_revocable, record_of
from models.ticket import Ticket
from tests.models.rules.stories import (
    ANNA,
    BEN,
    GROUP,
    HELPDESK,
    NOW,
    VISIT,
    admitted,
    after,
    named,
    offer,
    scheduled,
)
from tests.models.rules.stories import proposed as posted

CREW = ("plumbing", "electrical")


def quiet(ticket: Ticket) -> Ticket:
    """The ticket once everything was written down."""
    return ticket.but(news=())


def changed(ticket: Ticket, known: Ticket) -> RecordTicket:
    return record_of(ticket, known, (), known.mark)


def test_afterwards_only_what_changed_is_written() -> None:
    before = quiet(posted(admitted()))
    second = before.visits[0].but(id=named("vis", 2))
    other = before.matching.groups[0].but(id=named("grp", 2))
    groups = (*before.matching.groups, other)
    before = before.but(
        visits=(*before.visits, second), matching=before.matching.but(groups=groups)
    )
    again = proposed(before, offer(2, BEN), NOW)
    record = changed(again, before)
    assert (record.visits, record.groups) == ((), ())
    assert [p.id for p in record.proposals] == [named("prp", 2)]
    record = changed(again.with_group(other.but(round=2)).with_visit(second.but(seq=2)), again)
    assert [g.id for g in record.groups] == [other.id]
    assert [v.id for v in record.visits] == [second.id]
    assert record.proposals == ()


def test_what_only_looks_new_is_not_written_again() -> None:
    before = quiet(posted(admitted()))
    copied = before.but(
        visits=tuple(v.but() for v in before.visits),
        matching=before.matching.but(groups=tuple(g.but() for g in before.matching.groups)),
    )
    record = changed(copied, before)
    assert (record.visits, record.groups, record.filing, record.promise) == ((), (), None, None)


def test_a_visit_that_experts_are_told_of_now_is_written_with_the_news() -> None:
    before = quiet(admitted())
    told = before.happened(VisitOffered(visit_id=VISIT), NOW, OURSELVES)
    assert [v.id for v in changed(told, before).visits] == [VISIT]
    opened = VisitOpened(visit_id=VISIT, group_id=GROUP, skills=[])
    assert changed(before.happened(opened, NOW, OURSELVES), before).visits == ()


def test_experts_who_were_let_go_have_time_again_each_named_once() -> None:
    ticket = scheduled(BEN, ANNA, skills=CREW)
    assert freed_experts(ticket.news) == ()
    given_up = cancelled(ticket, CancelTicket(by=HELPDESK), NOW)
    assert freed_experts(given_up.news) == (ANNA, BEN)
    undone = BookingUndone(assignment_id=named("asg", 1), visit_id=VISIT, expert_id=ANNA)
    twice = quiet(ticket).happened(undone, NOW, OURSELVES).happened(undone, NOW, OURSELVES)
    assert freed_experts(twice.news) == (ANNA,)


def test_what_frees_somebody_or_is_told_to_somebody_cannot_be_taken_back() -> None:
    ticket = admitted()
    assert is_revocable(())
    assert is_revocable(posted(quiet(ticket)).news)
    assert is_revocable(after(quiet(scheduled()), FactKind.ACKNOWLEDGED).news)
    assert not is_revocable(after(quiet(scheduled()), FactKind.EN_ROUTE).news)
    assert not is_revocable(cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW).news)
