"""What a ticket asks a person, when it asks again, and when it asks no more."""

from datetime import timedelta

from models.escalation import Doubt, EscalationReason, Question
from models.identity import derived_id
from models.messages.escalation import EscalationOver, NotificationFailed
from models.messages.ticket import ConfirmTicket
from models.promise.policy import Policies
from models.rules.escalation.asking import escalation_over, told, untold, with_due_questions
from models.rules.escalation.doubts import doubts_of, with_patience
from models.rules.message.undeliverable import notification_failed
from models.rules.ticket.closing import confirmed
from models.rules.ticket.waiting import auto_close_due, caught_up, timers
from models.ticket import Attention, Coverage, Ticket
from models.visit import MatchState
from tests.models.rules.stories import (
    BY_CUSTOMER,
    GROUP,
    HOUR,
    NOW,
    TICKET,
    VISIT,
    admitted,
    completed,
    named,
    proposed,
    scheduled,
    with_doubts,
    with_filing,
    with_matching,
)

LATE = NOW + 24 * HOUR
SILENT = NOW + 4 * HOUR
LOST = NotificationFailed(notification_id="ntf_1")


def standing(ticket: Ticket, state: MatchState = MatchState.EMPTY) -> Ticket:
    """The ticket once its group was evaluated."""
    found = {"match_state": state, "needs_matching": False}
    return with_matching(ticket, groups=tuple(g.but(**found) for g in ticket.matching.groups))


def asked(ticket: Ticket | None = None) -> Ticket:
    """A ticket whose escalation is open and knows so."""
    ticket = with_due_questions(ticket or standing(admitted()), LATE)
    while question := untold(ticket):
        ticket = told(ticket, question)
    return ticket


def live(ticket: Ticket) -> list[EscalationReason]:
    return [q.reason for q in ticket.doubts.questions if q.is_live]


def raised(ticket: Ticket) -> Question:
    [question] = [q for q in ticket.doubts.questions if q.is_live]
    return question


# Whether anybody is asked.


def test_a_question_says_what_it_is_about_and_bears_the_number_of_the_question() -> None:
    ticket = with_due_questions(standing(admitted()), LATE)
    ticket = notification_failed(ticket, LOST, LATE)
    ticket = with_due_questions(ticket, LATE + HOUR)
    assert ticket.doubts.questions == (
        Question(
            id=derived_id("esc", TICKET, "1"),
            subject=GROUP,
            reason=EscalationReason.NO_PROPOSALS,
            asked_at=LATE,
        ),
        Question(
            id=derived_id("esc", TICKET, "2"),
            subject=TICKET,
            reason=EscalationReason.NOTIFICATION_UNDELIVERABLE,
            about="ntf_1",
            asked_at=LATE + HOUR,
        ),
    )


def test_a_question_whose_doubt_is_gone_is_answered_then_and_that_is_to_be_told() -> None:
    ticket = asked()
    [before] = ticket.doubts.questions
    healed = with_due_questions(standing(ticket, MatchState.FULL_HELD), LATE + HOUR)
    assert healed.doubts.questions == (before.but(answered_at=LATE + HOUR, told=False),)


def test_only_the_group_that_is_about_to_be_evaluated_is_asked_about_later() -> None:
    ticket = standing(admitted())
    [visit], [group] = ticket.visits, ticket.matching.groups
    other = group.but(id=named("grp", 2), visit_ids=(named("vis", 2),), needs_matching=True)
    ticket = ticket.but(
        visits=(visit, visit.but(id=named("vis", 2), seq=2)),
        matching=ticket.matching.but(groups=(group, other)),
    )
    assert [q.subject for q in with_due_questions(ticket, LATE).doubts.questions] == [GROUP]


def test_of_a_model_only_what_the_customer_wrote_is_asked_and_only_before_the_work() -> None:
    wrote = {"attention": (Attention.MODEL_UNRESOLVED,), "model_text_given": True}
    assert live(with_due_questions(with_filing(admitted(), **wrote), NOW)) == [
        EscalationReason.MODEL_UNRESOLVED
    ]
    assert doubts_of(with_filing(admitted(), attention=(Attention.MODEL_UNRESOLVED,)), NOW) == []
    assert doubts_of(with_filing(completed(), **wrote), NOW) == []


def test_a_group_that_is_evaluated_in_a_moment_is_asked_about_only_then() -> None:
    ticket = proposed(standing(admitted()))
    assert ticket.matching.groups[0].needs_matching
    assert live(with_due_questions(ticket, LATE)) == []
    found = standing(ticket, MatchState.NO_COMMON_TIME)
    assert live(with_due_questions(found, LATE)) == [EscalationReason.NO_COMMON_TIME]


def test_what_is_asked_stays_asked_while_a_proposal_is_being_looked_at() -> None:
    ticket = proposed(asked())
    assert with_due_questions(ticket, LATE) is ticket


def test_a_subject_and_a_reason_have_one_live_question() -> None:
    ticket = asked()
    assert with_due_questions(ticket, LATE + HOUR) is ticket
    assert len(ticket.doubts.questions) == 1


def test_patience_with_a_group_covers_whatever_it_lacks() -> None:
    waiting = standing(admitted(), MatchState.PARTIAL)
    doubt = Doubt(GROUP, EscalationReason.PARTIAL)
    patient = with_patience(waiting, doubt, LATE + HOUR)
    assert doubts_of(standing(patient), LATE) == []
    assert live(with_due_questions(standing(patient), LATE + HOUR)) == [
        EscalationReason.NO_PROPOSALS
    ]
    assert [t.name for t in timers(patient, LATE)] == ["patience"]


def test_patience_with_a_ticket_covers_one_reason() -> None:
    ticket = admitted(Coverage.UNKNOWN)
    patient = with_patience(ticket, Doubt(TICKET, EscalationReason.NOT_COVERED), LATE)
    assert [d.reason for d in doubts_of(patient, NOW)] == [EscalationReason.COVERAGE_UNKNOWN]


def test_a_visit_that_is_late_is_asked_about_as_late_and_no_more_as_silent() -> None:
    silent = with_due_questions(scheduled(), SILENT)
    assert live(silent) == [EscalationReason.NO_ACK]
    late = with_due_questions(silent, NOW + 24 * HOUR + timedelta(minutes=15))
    assert live(late) == [EscalationReason.LATE_START]
    assert [(q.reason, q.visit, q.subject) for q in late.doubts.questions] == [
        (EscalationReason.NO_ACK, 1, VISIT),
        (EscalationReason.LATE_START, 1, VISIT),
    ]


def test_of_lost_messages_one_is_asked_about_at_a_time() -> None:
    ticket = admitted()
    for name in ("ntf_1", "ntf_2", "ntf_1"):
        ticket = notification_failed(ticket, NotificationFailed(notification_id=name), NOW)
    assert ticket.doubts.undeliverable == ("ntf_1", "ntf_2")
    assert [d.about for d in doubts_of(ticket, NOW)] == ["ntf_1"]


# How its escalation comes to know.


def test_an_escalation_is_told_once_that_it_is_wanted_and_once_that_it_is_not() -> None:
    ticket = with_due_questions(standing(admitted()), LATE)
    question = untold(ticket)
    assert question is not None
    ticket = told(ticket, question)
    assert untold(ticket) is None
    healed = with_due_questions(standing(ticket, MatchState.FULL_HELD), LATE)
    over = untold(healed)
    assert over is not None
    assert not over.is_live
    assert untold(told(healed, over)) is None


def test_a_question_that_was_over_before_anybody_was_asked_is_told_to_nobody() -> None:
    ticket = with_due_questions(standing(admitted()), LATE)
    assert untold(with_due_questions(standing(ticket, MatchState.FULL_HELD), LATE)) is None


def test_what_healed_while_the_escalation_was_being_opened_is_still_told() -> None:
    ticket = with_due_questions(standing(admitted()), LATE)
    opened = untold(ticket)
    assert opened is not None
    healed = with_due_questions(standing(ticket, MatchState.FULL_HELD), LATE)
    later = untold(told(healed, opened))
    assert later is not None
    assert (later.id, later.raised, later.is_live) == (opened.id, True, False)


# What follows an escalation's end.


def test_an_answer_that_leaves_a_doubt_is_followed_by_another_question_at_once() -> None:
    ticket = asked()
    again = escalation_over(
        ticket, EscalationOver(escalation_id=raised(ticket).id, lost=False), LATE
    )
    assert live(again) == [EscalationReason.NO_PROPOSALS]
    assert len({q.id for q in again.doubts.questions}) == 2
    first, second = again.doubts.questions
    assert (first.answered_at, first.told, second.asked_at) == (LATE, True, LATE)
    assert escalation_over(again, EscalationOver(escalation_id=first.id), LATE) is again
    assert untold(again) == raised(again)


def test_an_escalation_that_ended_before_it_heard_the_news_needs_to_hear_nothing() -> None:
    ticket = with_due_questions(standing(admitted()), LATE)
    ticket = with_doubts(
        ticket, questions=tuple(q.but(raised=True) for q in ticket.doubts.questions)
    )
    patient = with_patience(ticket, Doubt(GROUP, EscalationReason.PARTIAL), LATE + HOUR)
    over = EscalationOver(escalation_id=raised(ticket).id, lost=False)
    assert untold(escalation_over(patient, over, LATE)) is None


def test_of_two_questions_only_the_one_that_is_over_is_answered() -> None:
    ticket = with_due_questions(notification_failed(asked(), LOST, LATE), LATE)
    group, message = ticket.doubts.questions
    over = ended(ticket, message.id, lost=False)
    assert over.doubts.questions[0] == group
    assert over.doubts.questions[1].answered_at == LATE


def test_an_answer_that_settles_it_is_followed_by_silence() -> None:
    ticket = asked()
    patient = with_patience(ticket, Doubt(GROUP, EscalationReason.PARTIAL), LATE + HOUR)
    over = escalation_over(
        patient, EscalationOver(escalation_id=raised(ticket).id, lost=False), LATE
    )
    assert live(over) == []
    assert untold(over) is None


def test_a_lost_escalation_is_raised_again_under_its_own_name() -> None:
    ticket = asked()
    lost = ended(ticket, raised(ticket).id, lost=True)
    assert untold(lost) == raised(ticket).but(told=False)
    assert len(lost.doubts.questions) == 1


def test_a_lost_escalation_that_nobody_needs_any_more_is_told_so_again() -> None:
    healed = with_due_questions(standing(asked(), MatchState.FULL_HELD), LATE)
    over = untold(healed)
    assert over is not None
    quiet = told(healed, over)
    lost = ended(quiet, over.id, lost=True)
    assert untold(lost) == over


def test_word_of_an_escalation_that_never_was_changes_nothing() -> None:
    ticket = asked()
    for lost in (True, False):
        assert ended(ticket, "esc_never", lost=lost) is ticket


# The ticket's end.


def test_a_ticket_that_its_customer_closes_asks_nothing_any_more() -> None:
    ticket = notification_failed(completed(), LOST, NOW)
    ticket = asked(ticket)
    assert live(ticket) == [EscalationReason.NOTIFICATION_UNDELIVERABLE]
    closed = confirmed(ticket, ConfirmTicket(by=BY_CUSTOMER), LATE)
    assert live(closed) == []
    assert untold(closed) is not None


def test_a_ticket_that_closes_by_itself_asks_nothing_any_more() -> None:
    ticket = notification_failed(completed(), LOST, NOW)
    due = auto_close_due(ticket)
    assert due is not None
    closed = caught_up(asked(ticket), due)
    assert closed.closed
    assert live(closed) == []
    assert untold(closed) is not None


def test_no_patience_at_all_is_asked_about_at_once() -> None:
    ticket = standing(admitted(policies=Policies(pending_timeout=timedelta(0))))
    assert live(with_due_questions(ticket, NOW)) == [EscalationReason.NO_PROPOSALS]


def ended(ticket: Ticket, question_id: str, *, lost: bool) -> Ticket:
    """The ticket after it heard that an escalation is over."""
    return escalation_over(ticket, EscalationOver(escalation_id=question_id, lost=lost), LATE)
