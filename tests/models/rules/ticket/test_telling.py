"""Whom the news of a ticket concerns."""

from datetime import datetime

from models.event import OURSELVES, Facts
from models.events.continuing import (
    AssignmentBroughtForward,
    AssignmentExtended,
    AssignmentShifted,
    AssignmentShortened,
)
from models.events.matching import ProposalReleased
from models.events.ticket import TicketReopened
from models.events.visit import AssignmentReleased, VisitChanged, VisitOffered, VisitScheduled
from models.field import FactKind
from models.message.notification import Intent
from models.messages.ticket import CancelTicket, ConfirmTicket, RecordTicket
from models.rules.ticket import closing
from models.rules.ticket.recording import record_of
from models.rules.ticket.telling import intents_of, visits_to_show
from models.ticket import Ticket
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    filed,
    named,
    proposed,
    scheduled,
)

START, END = NOW + 24 * HOUR, NOW + 25.5 * HOUR


def told(ticket: Ticket, *willing: str) -> list[tuple[str, str, dict[str, str]]]:
    """Who is told, by which text, with which facts."""
    intents: list[Intent] = intents_of(recorded(ticket), {VISIT: willing})
    return [(i.recipient_id, i.template, i.facts) for i in intents if not i.not_before]


def recorded(ticket: Ticket) -> RecordTicket:
    """The ticket on its way to the database."""
    return record_of(ticket, None, (), "")


def news(ticket: Ticket) -> Ticket:
    """The ticket with what was just told left behind."""
    return ticket.but(news=())


def test_whoever_files_a_ticket_hears_that_it_was_received() -> None:
    [intent] = intents_of(recorded(filed()), {})
    assert intent.event_id == filed().news[0].id
    assert (intent.recipient_role, intent.recipient_id) == ("customer", CUSTOMER)
    assert (intent.template, intent.facts) == ("ticket.received", {})


def test_experts_who_could_come_hear_of_an_open_visit_each_once() -> None:
    ticket = admitted()
    assert [visit.id for visit in visits_to_show(recorded(ticket))] == [VISIT]
    assert told(ticket, ANNA, BEN)[1:] == [
        (ANNA, "visit.open", {"visit_id": VISIT}),
        (BEN, "visit.open", {"visit_id": VISIT}),
    ]


def test_where_nobody_could_come_nobody_is_told_of_a_visit() -> None:
    assert [template for _, template, _ in told(admitted())] == ["ticket.received"]
    assert visits_to_show(recorded(filed())) == ()


def test_customer_and_winner_hear_of_the_time_and_the_others_that_theirs_is_free() -> None:
    before = proposed(admitted(), 2, BEN)
    assert told(news(before)) == []
    ticket = scheduled(ANNA)
    when = {"visit_id": VISIT, "start": START.isoformat()}
    assert told(ticket)[1:] == [
        (CUSTOMER, "visit.scheduled", when | {"end": END.isoformat(), "expert_ids": ANNA}),
        (ANNA, "proposal.selected", when | {"expert_id": ANNA}),
    ]


def test_who_is_on_the_way_is_told_to_the_customer_unless_it_is_told_too_late() -> None:
    on_the_way = after(news(scheduled()), FactKind.EN_ROUTE)
    assert told(on_the_way) == [
        (CUSTOMER, "visit.on_the_way", {"visit_id": VISIT, "expert_id": ANNA})
    ]
    late = after(news(after(scheduled(), FactKind.ON_SITE)), FactKind.EN_ROUTE)
    assert [event.type for event in late.news] == ["visit.en_route"]
    assert told(late) == []


def test_a_cancellation_is_told_to_the_customer_and_to_whoever_was_to_come() -> None:
    given_up = closing.cancelled(news(scheduled()), CancelTicket(by=BY_CUSTOMER), NOW)
    assert told(given_up) == [
        (CUSTOMER, "ticket.cancelled", {}),
        (ANNA, "assignment.cancelled", {"visit_id": VISIT, "expert_id": ANNA}),
    ]


def test_the_end_of_a_ticket_is_told_with_its_round_and_its_reason() -> None:
    done = completed()
    assert told(done)[-1] == (CUSTOMER, "ticket.completed", {"round": "1"})
    closed = closing.confirmed(news(done), ConfirmTicket(by=BY_CUSTOMER), NOW)
    assert told(closed) == [(CUSTOMER, "ticket.closed", {"reason": "confirmed"})]


# Of several things at once.

SECOND = named("vis", 2)
LATER = START + 4 * HOUR


def after_all(*facts: Facts) -> RecordTicket:
    """A ticket to which all of this happened at once, on its way to the database."""
    ticket = news(admitted())
    for happened in facts:
        ticket = ticket.happened(happened, NOW, OURSELVES)
    return recorded(ticket)


def booked(visit: str, start: datetime, *experts: str) -> VisitScheduled:
    """A visit has its time and its people."""
    end = start + HOUR
    return VisitScheduled(
        visit_id=visit, start=start.isoformat(), end=end.isoformat(), expert_ids=list(experts)
    )


def test_of_visits_that_are_booked_together_a_customer_hears_in_one_message() -> None:
    both = after_all(booked(VISIT, START, ANNA), booked(SECOND, LATER, BEN))
    [told_once] = [i for i in intents_of(both, {}) if i.template == "visit.scheduled"]
    assert (told_once.recipient_role, told_once.recipient_id) == ("customer", CUSTOMER)
    assert told_once.event_id == both.news[0].id
    assert told_once.facts == {
        "visit_id": VISIT,
        "start": START.isoformat(),
        "expert_ids": ANNA,
        "also": SECOND,
        "also_start": LATER.isoformat(),
        "also_expert_ids": BEN,
    }


def test_two_who_are_on_the_way_at_once_are_each_told_by_themselves() -> None:
    pair = news(scheduled(ANNA, BEN, skills=("refrigeration", "electrics")))
    both = after(after(pair, FactKind.EN_ROUTE), FactKind.EN_ROUTE, expert=BEN)
    told_each = intents_of(recorded(both), {})
    assert [(i.template, i.facts["expert_id"]) for i in told_each] == [
        ("visit.on_the_way", ANNA),
        ("visit.on_the_way", BEN),
    ]


def test_what_is_of_no_visit_is_told_each_time_that_it_happens() -> None:
    twice = after_all(TicketReopened(round=2, note_id=None), TicketReopened(round=3, note_id=None))
    assert [i.facts for i in intents_of(twice, {})] == [{"round": "2"}, {"round": "3"}]


def test_whoever_need_not_come_is_not_told_besides_that_their_offer_is_let_go() -> None:
    lost = [
        ProposalReleased(expert_id=e, visit_id=VISIT, proposal_ids=[named("prp", 1)])
        for e in (ANNA, BEN)
    ]
    gone = AssignmentReleased(assignment_id="asg_0", visit_id=VISIT, expert_id=ANNA)
    intents = intents_of(after_all(*lost, gone), {})
    assert [(i.recipient_role, i.recipient_id, i.template) for i in intents] == [
        ("expert", BEN, "proposal.released"),
        ("expert", ANNA, "assignment.cancelled"),
    ]


def test_nobody_hears_of_an_open_visit_of_which_nobody_is_known_who_could_come() -> None:
    assert intents_of(after_all(VisitOffered(visit_id=SECOND)), {VISIT: (ANNA,)}) == []
    [known] = intents_of(after_all(VisitOffered(visit_id=VISIT)), {VISIT: (ANNA,)})
    assert (known.recipient_role, known.recipient_id) == ("expert", ANNA)


def test_whose_own_next_visit_moves_is_told_once_of_more_time() -> None:
    ticket, until = news(scheduled()), END.isoformat()
    for number, expert in enumerate((ANNA, BEN)):
        extended = AssignmentExtended(
            assignment_id=f"asg_{number}", visit_id=VISIT, expert_id=expert, end=until
        )
        ticket = ticket.happened(extended, NOW, OURSELVES)
    moved = AssignmentShifted(
        assignment_id="asg_2", visit_id="vis_next", expert_id=ANNA, start=until
    )
    assert told(ticket.happened(moved, NOW, OURSELVES)) == [
        (BEN, "assignment.extended", {"visit_id": VISIT, "expert_id": BEN, "end": until}),
        (ANNA, "assignment.shifted", {"visit_id": "vis_next", "expert_id": ANNA, "start": until}),
    ]


def test_whose_own_next_visit_moves_back_is_told_once_that_it_does() -> None:
    until = END.isoformat()
    facts = {"assignment_id": "asg_1", "visit_id": VISIT, "expert_id": ANNA}
    less = AssignmentShortened(**facts, end=until)
    earlier = AssignmentBroughtForward(**{**facts, "visit_id": "vis_next"}, start=until)
    ticket = news(scheduled()).happened(less, NOW, OURSELVES).happened(earlier, NOW, OURSELVES)
    assert told(ticket) == [
        (
            ANNA,
            "assignment.brought_forward",
            {"visit_id": "vis_next", "expert_id": ANNA, "start": until},
        )
    ]


def test_of_a_visit_that_is_changed_twice_at_once_the_last_is_told() -> None:
    facts = {"visit_id": VISIT, "end": END.isoformat(), "expert_ids": [ANNA]}
    ticket = news(scheduled())
    for start in (START, END):
        changed = VisitChanged(**facts, start=start.isoformat())
        ticket = ticket.happened(changed, NOW, OURSELVES)
    [intent] = [i for i in intents_of(recorded(ticket), {}) if i.template == "visit.changed"]
    assert (intent.event_id, intent.facts["start"]) == (ticket.news[-1].id, END.isoformat())


def test_who_is_given_other_time_at_once_hears_only_until_when_they_stay() -> None:
    facts = {"assignment_id": "asg_1", "visit_id": VISIT, "expert_id": ANNA}
    less = AssignmentShortened(**facts, end=START.isoformat())
    more = AssignmentExtended(**facts, end=END.isoformat())
    ticket = news(scheduled()).happened(less, NOW, OURSELVES).happened(more, NOW, OURSELVES)
    assert [(template, said["end"]) for _, template, said in told(ticket)] == [
        ("assignment.extended", END.isoformat())
    ]
