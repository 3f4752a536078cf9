"""A ticket that hears of an expert's right to work looks who may still come."""

from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.people import Checked, HeldPost, RightsChanged, RightsFound
from models.messages.ticket import CancelTicket
from models.rules.escalation.doubts import doubts_of
from models.rules.ticket.closing import cancelled
from models.rules.ticket.rights import check_due, checked, in_doubt, may_read
from models.rules.visit import absence
from models.ticket import Ticket
from models.visit import AssignmentSource, AssignmentState, Position
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    HOUSE,
    LENGTH,
    NOW,
    TICKET,
    VISIT,
    admitted,
    after,
    completed,
    proposed,
    scheduled,
    written,
)

PAIR = ("a", "b")
ANNAS, BENS = "asg_0", "asg_1"


def heard(ticket: Ticket, *experts: str) -> Ticket:
    return in_doubt(ticket, RightsChanged(expert_ids=experts or (ANNA,)), NOW)


def found(ticket: Ticket, **lost: str | None) -> Ticket:
    """What was found out about some assignments."""
    posts = tuple(Checked(assignment_id=name, lost=why) for name, why in lost.items())
    return checked(heard(ticket), RightsFound(posts=posts), NOW)


def barred(ticket: Ticket) -> dict[str, str | None]:
    return {a.id: a.barred for a in ticket.visits[0].assignments}


def asked(ticket: Ticket) -> set[EscalationReason]:
    """What a person is asked, once somebody else was found who could come."""
    if absence.unsought(ticket):
        ticket = absence.sought(ticket, VISIT, NOW, found=True)
    return {doubt.reason for doubt in doubts_of(ticket, NOW + HOUR)}


def test_only_those_who_are_in_doubt_and_not_there_yet_are_looked_up() -> None:
    ticket = scheduled(ANNA, BEN, skills=PAIR)
    assert check_due(ticket) is None
    ask = check_due(heard(ticket))
    assert ask is not None
    start = NOW + 24 * HOUR
    assert (ask.ticket_id, ask.zone) == (TICKET, "berlin")
    assert ask.posts == (
        HeldPost(
            assignment_id=ANNAS,
            expert_id=ANNA,
            position=Position(idx=0, skill="a"),
            source=AssignmentSource.AUTO,
            state=AssignmentState.RESERVED,
            start=start,
            end=start + LENGTH,
        ),
    )
    on_site = check_due(heard(after(ticket, FactKind.ON_SITE)))
    assert on_site is not None
    assert on_site.posts == ()


def test_two_who_changed_are_looked_up_once_each() -> None:
    ticket = heard(heard(scheduled(ANNA, BEN, skills=PAIR), ANNA), BEN, ANNA)
    assert ticket.unchecked == (ANNA, BEN)
    assert checked(ticket, RightsFound(posts=()), NOW).unchecked == ()


def test_a_right_that_was_lost_is_written_down_once_and_somebody_is_asked() -> None:
    before = scheduled(ANNA, BEN, skills=PAIR)
    ticket = found(before, **{ANNAS: "skill-missing", BENS: None})
    assert barred(ticket) == {ANNAS: "skill-missing", BENS: None}
    facts = {"assignment_id": ANNAS, "visit_id": VISIT, "expert_id": ANNA}
    told = written(ticket, before)
    assert told == [("rights.lost", HOUSE, {**facts, "why": "skill-missing"})]
    assert asked(ticket) == {EscalationReason.CANNOT_ARRIVE}
    assert found(ticket, **{ANNAS: "skill-missing"}).seq == ticket.seq


def test_another_reason_is_another_event_and_one_that_is_gone_ends_the_question() -> None:
    ticket = found(scheduled(), **{ANNAS: "skill-missing"})
    worse = found(ticket, **{ANNAS: "expert-not-verified"})
    assert barred(worse) == {ANNAS: "expert-not-verified"}
    well = found(worse, **{ANNAS: None})
    visit = well.visits[0]
    assert visit.start
    assert visit.end
    facts = {"assignment_id": ANNAS, "visit_id": VISIT, "expert_id": ANNA}
    facts |= {"start": visit.start.isoformat(), "end": visit.end.isoformat(), "expert_ids": [ANNA]}
    assert written(well, worse) == [("rights.regained", HOUSE, facts)]
    assert asked(well) == set()


def test_who_may_not_come_need_not_answer_nor_be_late() -> None:
    ticket = found(scheduled(), **{ANNAS: "expert-not-verified"})
    assert doubts_of(ticket, NOW + 30 * HOUR) == []
    assert asked(ticket) == {EscalationReason.CANNOT_ARRIVE}


def test_whoever_reached_the_place_in_that_moment_finishes() -> None:
    ticket = after(heard(scheduled()), FactKind.ON_SITE)
    posts = (Checked(assignment_id=ANNAS, lost="skill-missing"),)
    ticket = checked(ticket, RightsFound(posts=posts), NOW)
    assert barred(ticket) == {ANNAS: None}


def test_groups_that_wait_for_them_are_evaluated_again_and_others_are_not() -> None:
    waiting = proposed(admitted())
    [group] = waiting.matching.groups
    waiting = waiting.with_group(group.but(needs_matching=False))
    assert heard(waiting, BEN).matching.groups[0].needs_matching is False
    assert heard(waiting, ANNA).matching.groups[0].needs_matching is True


def test_the_ticket_itself_knows_who_of_its_crew_may_read_it() -> None:
    ticket = scheduled(ANNA, BEN, skills=PAIR)
    assert may_read(ticket, ANNA, NOW)
    assert not may_read(ticket, "exp_nobody", NOW)
    assert not may_read(proposed(admitted()), ANNA, NOW), "an offer is no booking"
    assert not may_read(heard(ticket), ANNA, NOW), "nobody has looked yet"
    lost = found(ticket, **{ANNAS: "skill-missing", BENS: None})
    assert (may_read(lost, ANNA, NOW), may_read(lost, BEN, NOW)) == (False, True)


def test_whoever_was_there_reads_the_ticket_for_two_more_days() -> None:
    done = completed()
    ended = done.visits[0].actual_end
    assert ended is not None
    assert may_read(done, ANNA, ended + 47 * HOUR)
    assert not may_read(done, ANNA, ended + 48 * HOUR)


def test_a_ticket_that_is_over_looks_at_nothing() -> None:
    over = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)
    assert heard(over) == over


def test_a_crew_that_is_whole_again_is_named_in_the_order_of_its_positions() -> None:
    ticket = found(scheduled(ANNA, BEN, skills=PAIR), **{ANNAS: "skill-missing"})
    [visit] = ticket.visits
    ticket = ticket.with_visit(visit.but(assignments=tuple(reversed(visit.assignments))))
    well = found(ticket, **{ANNAS: None})
    assert well.news[-1].data["expert_ids"] == [ANNA, BEN]
