"""Facts follow the ticket: whoever knows that they are asked hears that it has moved."""

from models.rules.escalation.asking import asked_already
from models.ticket import Ticket
from tests.models.rules.escalation.test_asking import asked, ended, raised


def as_known(ticket: Ticket, **how: bool) -> Ticket:
    """The ticket whose only question is known so."""
    [question] = ticket.doubts.questions
    return ticket.but(doubts=ticket.doubts.but(questions=(question.but(**how),)))


def test_only_those_who_know_that_they_are_asked_hear_that_the_ticket_has_moved() -> None:
    ticket = as_known(asked(), raised=True, told=True)
    question = raised(ticket)
    assert [q.id for q in asked_already(ticket)] == [question.id]
    assert asked_already(as_known(ticket, raised=False, told=False)) == []
    assert asked_already(as_known(ticket, told=False)) == []
    assert asked_already(ended(ticket, question.id, lost=True)) == []
