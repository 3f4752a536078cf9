"""Whom the helpdesk may send by hand, when and to what (docs/rules/matching.md, By
hand)."""

from datetime import datetime, timedelta

import pytest

from models.errors import Conflict, DomainError, Invalid, NotFound
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.messages.matching import AssignExpert
from models.messages.ticket import CancelTicket
from models.messages.visit import AddDependency, AddVisit
from models.people.expert import Expert, ExpertStatus
from models.rules.matching.assignable import require_able
from models.rules.matching.assigning import answer, assigned, booking_by_hand, made
from models.rules.matching.settling import undone
from models.rules.ticket.closing import cancelled
from models.rules.visit.grouping import with_dependency, with_visit_added
from models.ticket import Coverage, Ticket
from models.visit import (
    AssignmentSource,
    AssignmentState,
    Dependency,
    Following,
    MatchState,
    Position,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    VISIT,
    admitted,
    happenings,
    is_sentence,
    named,
    proposed,
    scheduled,
)

TOMORROW = NOW + 24 * HOUR
"""When the customer's time begins."""
SECOND = named("vis", 2)
TWO = ("refrigeration", "electrical")


def asked(expert: str = ANNA, **more: object) -> AssignExpert:
    """What the helpdesk wants: Anna, as soon as the customer is at home."""
    plain = {
        "request_id": f"{expert}-{more}",
        "visit_id": VISIT,
        "position": 0,
        "expert_id": expert,
        "start": TOMORROW,
        "by": HELPDESK,
        "note_id": "not_1",
    }
    return AssignExpert.model_validate(plain | more)


def sent(ticket: Ticket, wish: AssignExpert) -> Ticket:
    """The ticket once the calendar has taken the expert too."""
    return assigned(ticket, wish, booking_by_hand(ticket, wish, NOW), NOW)


def chained(same_expert: bool = False, skills: tuple[str, ...] = ("electrical",)) -> Ticket:
    """A visit and, at most an hour after it, another."""
    positions = tuple(Position(idx=i, skill=s) for i, s in enumerate(skills))
    follows = Following(predecessor=VISIT, same_expert=same_expert)
    new = AddVisit(duration=HOUR, positions=positions, by=HELPDESK, after=(follows,))
    return with_visit_added(admitted(), new, SECOND, named("grp", 2), NOW)


def refusal(ticket: Ticket, wish: AssignExpert) -> DomainError:
    with pytest.raises(DomainError) as refused:
        booking_by_hand(ticket, wish, NOW)
    assert is_sentence(refused.value.detail)
    return refused.value


def test_an_expert_sent_by_hand_schedules_the_visit_and_finalises_its_group() -> None:
    ticket = sent(proposed(admitted(), 1, BEN), asked())
    [visit], [group] = ticket.visits, ticket.matching.groups
    assert (visit.state, visit.start) == (VisitState.SCHEDULED, TOMORROW)
    assert [(a.expert_id, a.source) for a in visit.crew] == [(ANNA, AssignmentSource.MANUAL)]
    assert (group.match_state, ticket.matching.since) == (MatchState.FINALISED, None)
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.RELEASED]
    assert happenings(ticket)[-4:] == [
        "expert.assigned",
        "visit.scheduled",
        "proposal.released",
        "group.finalised",
    ]
    assert {e.actor for e in ticket.news[-4:]} == {HELPDESK.actor}
    assert ticket.news[-4].data["note_id"] == "not_1"


def test_the_experts_proposal_is_selected_the_one_that_offers_the_time_before_any_other() -> None:
    ticket = sent(proposed(proposed(admitted(), 1, ANNA), 2, ANNA), asked())
    assert [p.state for p in ticket.matching.proposals] == [
        ProposalState.SELECTED,
        ProposalState.RELEASED,
    ]
    assert ticket.visits[0].crew[0].proposal_id == ticket.matching.proposals[0].id
    assert "proposal.released" not in happenings(ticket)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"start": TOMORROW + timedelta(minutes=5)}, "start-off-grid", "/start"),
        ({"start": NOW}, "start-in-the-past", "/start"),
        ({"start": NOW - HOUR}, "start-in-the-past", "/start"),
        ({"start": NOW + HOUR}, "consent-missing", "/customer_consent"),
        ({"start": TOMORROW + 12 * HOUR}, "consent-missing", "/customer_consent"),
    ],
)
def test_a_wish_that_can_never_be_granted_is_refused_at_its_field(
    change: dict[str, object], code: str, field: str
) -> None:
    refused = refusal(admitted(), asked(**change))
    assert isinstance(refused, Invalid)
    assert (refused.code, refused.field) == (code, field)


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (NOW + timedelta(minutes=15), None),
        (NOW + timedelta(days=60) - LENGTH, None),
        (NOW + timedelta(days=60) - LENGTH + timedelta(minutes=15), "start-too-far"),
    ],
)
def test_an_expert_is_sent_from_now_to_sixty_days_ahead(start: datetime, code: str | None) -> None:
    wish = asked(start=start, customer_consent=True)
    if code is None:
        assert booking_by_hand(admitted(), wish, NOW).start == start
    else:
        refused = refusal(admitted(), wish)
        assert isinstance(refused, Invalid)
        assert (refused.code, refused.field, refused.evidence) == (code, "/start", {})


def test_the_customers_consent_makes_a_time_one_of_theirs() -> None:
    ticket = sent(admitted(), asked(start=NOW + HOUR, customer_consent=True))
    [visit] = ticket.visits
    assert visit.slots is not None
    assert [s.start for s in visit.slots] == [NOW + HOUR, TOMORROW]
    within = sent(admitted(), asked(customer_consent=True))
    assert within.visits[0].slots is None


def test_nobody_is_sent_to_what_stands_or_is_not_there_or_nobody_pays_for() -> None:
    assert refusal(scheduled(), asked(BEN)).code == "illegal-transition"
    unknown = refusal(admitted(), asked(visit_id=SECOND))
    assert isinstance(unknown, NotFound)
    stray = admitted().visits[0].but(id=SECOND)
    outside = admitted().but(visits=(*admitted().visits, stray))
    assert refusal(outside, asked(visit_id=SECOND)).code == "visit-unknown"
    assert refusal(admitted(coverage=Coverage.UNKNOWN), asked()).code == "coverage-undecided"
    review = refusal(admitted(coverage=Coverage.NOT_COVERED), asked())
    assert review.code == "illegal-transition"


def test_the_first_of_two_fixes_the_start_and_the_visit_stays_open() -> None:
    ticket = sent(admitted(skills=TWO), asked())
    [visit], [group] = ticket.visits, ticket.matching.groups
    assert (visit.state, visit.start, visit.is_fixed) == (VisitState.OPEN, TOMORROW, True)
    assert (group.is_live, group.needs_matching, group.round) == (True, True, 2)
    assert happenings(ticket)[-2:] == ["expert.assigned", "group.match_state_changed"]
    assert group.missing == ("1.1:electrical",)
    for wish, code in (
        (asked(BEN), "position-taken"),
        (asked(ANNA, position=1, request_id="again"), "expert-twice"),
        (asked(BEN, position=1, start=TOMORROW + HOUR), "start-fixed"),
    ):
        assert refusal(ticket, wish).code == code
    both = sent(ticket, asked(BEN, position=1))
    assert both.visits[0].state is VisitState.SCHEDULED
    assert [g.match_state for g in both.matching.groups] == [MatchState.FINALISED]
    assert happenings(both).count("visit.scheduled") == 1


@pytest.mark.parametrize(
    ("start", "granted"),
    [(LENGTH, True), (LENGTH + HOUR, True), (LENGTH - HOUR / 4, False), (4 * HOUR, False)],
)
def test_a_successor_keeps_its_gap_to_the_visit_that_stands(
    start: timedelta, granted: bool
) -> None:
    ticket = sent(chained(), asked())
    wish = asked(BEN, visit_id=SECOND, start=TOMORROW + start)
    if granted:
        assert sent(ticket, wish).matching.groups[-1].match_state is MatchState.FINALISED
    else:
        refused = refusal(ticket, wish)
        assert (refused.code, refused.evidence["visit_id"]) == ("gap-broken", VISIT)


@pytest.mark.parametrize(
    ("start", "granted"),
    [(4 * HOUR - LENGTH, True), (3 * HOUR - LENGTH, True), (3 * HOUR, False), (HOUR, False)],
)
def test_a_predecessor_keeps_its_gap_to_the_visit_that_stands(
    start: timedelta, granted: bool
) -> None:
    ticket = sent(chained(), asked(BEN, visit_id=SECOND, start=TOMORROW + 4 * HOUR))
    wish = asked(start=TOMORROW + start)
    if granted:
        assert sent(ticket, wish).matching.groups[-1].match_state is MatchState.FINALISED
    else:
        refused = refusal(ticket, wish)
        assert (refused.code, refused.evidence["visit_id"]) == ("gap-broken", SECOND)


def test_the_rest_of_a_group_is_matched_in_a_round_of_its_own() -> None:
    ticket = sent(chained(), asked())
    live = next(g for g in ticket.matching.groups if g.is_live)
    assert (live.round, live.needs_matching) == (2, True)
    assert [v.state for v in ticket.visits] == [VisitState.SCHEDULED, VisitState.OPEN]


def test_visits_for_the_same_person_get_the_same_person_by_hand() -> None:
    ticket = sent(chained(same_expert=True), asked())
    at = {"visit_id": SECOND, "start": TOMORROW + LENGTH}
    assert refusal(ticket, asked(BEN, **at)).code == "same-expert-broken"
    assert sent(ticket, asked(ANNA, **at)).matching.groups[-1].match_state is MatchState.FINALISED


def test_a_crew_that_two_visits_share_is_not_begun_by_hand() -> None:
    ticket = chained(same_expert=True, skills=TWO)
    assert refusal(ticket, asked()).code == "same-expert-crew"


def test_no_dependency_is_put_between_two_visits_that_stand() -> None:
    apart = AddVisit(duration=HOUR, positions=(Position(idx=0, skill="electrical"),), by=HELPDESK)
    ticket = with_visit_added(chained(), apart, named("vis", 3), named("grp", 3), NOW)
    link = Dependency(predecessor=SECOND, successor=named("vis", 3))
    ticket = with_dependency(ticket, AddDependency(dependency=link, by=HELPDESK), NOW)
    ticket = sent(ticket, asked())
    ticket = sent(ticket, asked(BEN, visit_id=named("vis", 3), start=TOMORROW + 3 * HOUR))
    direct = Dependency(predecessor=VISIT, successor=named("vis", 3))
    with pytest.raises(Conflict) as refused:
        with_dependency(ticket, AddDependency(dependency=direct, by=HELPDESK), NOW)
    assert refused.value.code == "group-finalised"


def test_a_wish_that_was_granted_is_known_again_and_answers_the_same() -> None:
    wish = asked()
    assert answer(admitted(), wish) is None
    ticket = sent(admitted(), wish)
    told = answer(ticket, wish)
    assert told is not None
    assert told.assignment_id == ticket.visits[0].crew[0].id
    assert answer(ticket, asked(BEN)) is None


def test_a_booking_that_came_too_late_is_undone_and_its_name_not_used_again() -> None:
    ticket, wish = admitted(), asked()
    booked = booking_by_hand(ticket, wish, NOW)
    given_up = cancelled(ticket, CancelTicket(by=HELPDESK), NOW)
    with pytest.raises(Conflict):
        assigned(given_up, wish, booked, NOW)
    free = undone(given_up, [made(booked)], NOW)
    assert [a.state for a in free.visits[0].assignments] == [AssignmentState.RELEASED]
    assert happenings(free)[-1] == "booking.undone"
    again = booking_by_hand(undone(ticket, [made(booked)], NOW), wish, NOW)
    assert again.assignment_id != booked.assignment_id


@pytest.mark.parametrize(
    ("status", "level", "hours", "code"),
    [
        (ExpertStatus.VERIFIED, 2, 2, None),
        (ExpertStatus.FLAGGED, 2, 1, None),
        (ExpertStatus.SUSPENDED, 2, 2, "expert-not-verified"),
        (ExpertStatus.VERIFIED, 1, 2, "skill-missing"),
        (ExpertStatus.VERIFIED, 2, 0, "skill-missing"),
    ],
)
def test_who_is_sent_is_verified_and_skilled_to_the_end_of_the_visit(
    status: ExpertStatus, level: int, hours: int, code: str | None
) -> None:
    skill = HeldSkill(code="gas", level=level, expires_at=NOW + hours * HOUR)
    home = Spot(lat=-33.9, lng=151.2)
    expert = Expert(id=ANNA, status=status, zone="sydney", home=home, radius_km=1, skills=(skill,))
    position = Position(idx=0, skill="gas", min_level=2)
    if code is None:
        require_able(expert, position, NOW + HOUR)
        return
    with pytest.raises(Conflict) as refused:
        require_able(expert, position, NOW + HOUR)
    assert refused.value.code == code
