"""What of a ticket has to be written down, and what that sets free."""

from models.event import OURSELVES
from models.messages.ticket import CancelTicket
from models.rules.matching.proposing import proposed
from models.rules.ticket.closing import cancelled
from models.rules.ticket.recording import changed_since, freed_experts, is_revocable
from models.ticket import Ticket
from models.visit import FactKind
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    named,
    offer,
    scheduled,
)
from tests.models.rules.stories import proposed as posted

CREW = ("plumbing", "electrical")


def quiet(ticket: Ticket) -> Ticket:
    """The ticket once everything was written down."""
    return ticket.but(news=())


def test_before_the_first_time_all_of_a_ticket_is_written() -> None:
    ticket = posted(admitted())
    assert changed_since(ticket, None) is ticket


def test_afterwards_only_what_changed_is_written() -> None:
    before = quiet(posted(admitted()))
    second = before.visits[0].but(id=named("vis", 2))
    other = before.groups[0].but(id=named("grp", 2))
    before = before.but(visits=(*before.visits, second), groups=(*before.groups, other))
    again = proposed(before, offer(2, BEN), NOW)
    changed = changed_since(again, before)
    assert changed.visits == ()
    assert changed.groups == ()
    assert [p.id for p in changed.proposals] == [named("prp", 2)]
    moved = again.with_group(other.but(round=2)).with_visit(second.but(seq=2))
    changed = changed_since(moved, again)
    assert [g.id for g in changed.groups] == [other.id]
    assert [v.id for v in changed.visits] == [second.id]
    assert changed.proposals == ()


def test_what_only_looks_new_is_not_written_again() -> None:
    before = quiet(posted(admitted()))
    copied = before.but(
        visits=tuple(v.but() for v in before.visits),
        groups=tuple(g.but() for g in before.groups),
    )
    assert (changed_since(copied, before).visits, changed_since(copied, before).groups) == ((), ())


def test_a_visit_that_experts_are_told_of_now_is_written_with_the_news() -> None:
    before = quiet(admitted())
    told = before.happened("visit.offered", NOW, OURSELVES, visit_id=VISIT)
    assert [v.id for v in changed_since(told, before).visits] == [VISIT]
    other = before.happened("visit.opened", NOW, OURSELVES, visit_id=VISIT)
    assert changed_since(other, before).visits == ()


def test_experts_who_were_let_go_have_time_again_each_named_once() -> None:
    ticket = scheduled(BEN, ANNA, skills=CREW)
    assert freed_experts(ticket) == ()
    given_up = cancelled(ticket, CancelTicket(by=HELPDESK), NOW)
    assert freed_experts(given_up) == (ANNA, BEN)
    undone = quiet(ticket).happened("booking.undone", NOW, OURSELVES, expert_id=ANNA)
    assert freed_experts(undone.happened("booking.undone", NOW, OURSELVES, expert_id=ANNA)) == (
        ANNA,
    )


def test_what_frees_somebody_or_is_told_to_somebody_cannot_be_taken_back() -> None:
    def news(ticket: Ticket, kind: str) -> bool:
        return is_revocable(quiet(ticket).happened(kind, NOW, OURSELVES).news)

    ticket = admitted()
    assert is_revocable(())
    assert is_revocable(posted(quiet(ticket)).news)
    assert is_revocable(after(quiet(scheduled()), FactKind.ACKNOWLEDGED).news)
    for told in ("ticket.received", "visit.offered", "assignment.released", "booking.undone"):
        assert not news(ticket, told)
    assert not is_revocable(completed().news)
