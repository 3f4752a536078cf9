"""What is still news when its turn comes, judged without a server."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.message.news import Earlier, News, TicketNow, VisitNow, appointments, telling_of
from models.message.notification import Suppression
from models.rules.message.judging import Judgement, Told
from models.rules.message.overtaking import judged, of_the_house
from models.ticket import Coverage, TicketStatus
from models.visit import AssignmentState, VisitState

NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, LATER = NOW + 24 * HOUR, NOW + 27 * HOUR
RESERVED, ACKNOWLEDGED = AssignmentState.RESERVED, AssignmentState.ACKNOWLEDGED
OPEN, SCHEDULED = VisitState.OPEN, VisitState.SCHEDULED
OVERTAKEN, NOTHING_NEW = Suppression.OVERTAKEN, Suppression.NOTHING_NEW


def visit(
    state: VisitState = SCHEDULED,
    start: datetime | None = FIRST,
    **crew: AssignmentState,
) -> VisitNow:
    """A visit as it stands, with its crew by name."""
    return VisitNow(state, start, crew)


def says(start: datetime | None = FIRST, visit_id: str = "v1", **more: str) -> dict[str, str]:
    """The facts of a message about a visit."""
    return {"visit_id": visit_id, **({"start": start.isoformat()} if start else {}), **more}


def judge(
    template: str,
    facts: Mapping[str, str],
    *,
    earlier: tuple[tuple[str, Mapping[str, str]], ...] = (),
    visits: Mapping[str, VisitNow] | None = None,
    status: TicketStatus = TicketStatus.SCHEDULED,
    coverage: Coverage = Coverage.COVERED,
    **more: Any,
) -> Judgement:
    """What becomes of some news, told to `ann`."""
    usual: dict[str, Any] = {"occurred_at": NOW, "now": NOW, "tz": "Europe/Berlin"} | more
    told = tuple(Earlier(name, known, NOW - HOUR) for name, known in earlier)
    ticket = TicketNow(status, 1, coverage, visits or {"v1": visit(ann=RESERVED)})
    return judged(News(template, facts, "ann", ticket=ticket, earlier=told, **usual))


@pytest.mark.parametrize(
    ("template", "is_whole", "becomes"),
    [
        ("service.restored", True, None),
        ("service.restored", False, OVERTAKEN),
        ("command.quarantined", False, None),
    ],
)
def test_that_all_is_back_is_told_only_while_it_is(
    template: str, is_whole: bool, becomes: Suppression | None
) -> None:
    assert of_the_house(template, is_whole=is_whole) is becomes


def text(judgement: Judgement) -> str:
    """The text by which something is told."""
    assert isinstance(judgement, Told), judgement
    return judgement.template


BOOKED = ("visit.scheduled", says(expert_ids="ann"))


@pytest.mark.parametrize(
    ("status", "template"),
    [
        (TicketStatus.MATCHING, "ticket.received"),
        (TicketStatus.RECEIVED, "ticket.received"),
        (TicketStatus.REVIEW, "ticket.in_review"),
        (TicketStatus.SCHEDULED, "ticket.noted"),
        (TicketStatus.CANCELLED, "ticket.noted"),
    ],
)
def test_a_receipt_says_that_we_look_for_an_expert_only_while_we_do(
    status: TicketStatus, template: str
) -> None:
    assert text(judge("ticket.received", {}, status=status)) == template


@pytest.mark.parametrize(
    "visits",
    [
        {"v1": visit(OPEN, None)},
        {"v1": visit(start=LATER)},
        {"v1": visit(VisitState.COMPLETED)},
        {"v1": visit(VisitState.CANCELLED)},
        {},
    ],
)
def test_a_time_that_does_not_stand_any_more_is_not_told(visits: Any) -> None:
    visits = visits or {"another": visit()}
    assert judge("visit.scheduled", says(), visits=visits) is OVERTAKEN


def test_what_is_different_is_what_is_said() -> None:
    facts = says(LATER, expert_ids="ann")
    moved = {"v1": visit(start=LATER)}
    assert text(judge("visit.scheduled", facts, visits=moved)) == "visit.scheduled"
    assert text(judge("visit.changed", facts, visits=moved)) == "visit.scheduled"
    assert text(judge("visit.scheduled", facts, visits=moved, earlier=(BOOKED,))) == "visit.changed"
    again = says(expert_ids="ben")
    assert text(judge("visit.scheduled", again, earlier=(BOOKED,))) == "visit.restaffed"
    assert judge("visit.scheduled", BOOKED[1], earlier=(BOOKED,)) is NOTHING_NEW
    struck = ("visit.cancelled", says())
    assert text(judge(*BOOKED, earlier=(BOOKED, struck))) == "visit.scheduled"


def test_of_a_chain_only_the_visits_are_told_that_are_new() -> None:
    both = says(expert_ids="ann", also="v2", also_start=LATER.isoformat(), also_expert_ids="ben")
    visits = {"v1": visit(), "v2": visit(start=LATER)}
    told = judge("visit.scheduled", both, visits=visits, earlier=(BOOKED,))
    assert isinstance(told, Told)
    assert told.facts == says(LATER, "v2", expert_ids="ben")


def test_a_release_is_told_unless_the_visit_is_booked_again_or_was_never_told() -> None:
    free = {"v1": visit(OPEN, None)}
    matching = TicketStatus.MATCHING
    told = judge("visit.cancelled", says(), visits=free, status=matching, earlier=(BOOKED,))
    assert isinstance(told, Told)
    assert told.facts["start"] == FIRST.isoformat()
    assert judge("visit.cancelled", says(), visits=free, status=matching) is NOTHING_NEW
    assert judge("visit.cancelled", says(), earlier=(BOOKED,)) is OVERTAKEN
    over = TicketStatus.CANCELLED
    gone = {"v1": visit(VisitState.CANCELLED)}
    assert judge("visit.cancelled", says(), visits=gone, status=over) is OVERTAKEN


@pytest.mark.parametrize(
    ("ahead", "now", "verdict"),
    [
        (1, 0, None),
        (12, 0, None),
        (13, 0, Suppression.TOO_EARLY),
        (72, 0, Suppression.TOO_EARLY),
        (1, 1.2, None),
        (1, 1.3, Suppression.TOO_LATE),
    ],
)
def test_on_the_way_is_told_neither_days_early_nor_when_somebody_should_be_there(
    ahead: float, now: float, verdict: Suppression | None
) -> None:
    coming = {"v1": visit(VisitState.EN_ROUTE, NOW + ahead * HOUR, ben=AssignmentState.EN_ROUTE)}
    facts = {"visit_id": "v1", "expert_id": "ben"}
    judgement = judge("visit.on_the_way", facts, visits=coming, now=NOW + now * HOUR)
    assert judgement is verdict if verdict else isinstance(judgement, Told)


@pytest.mark.parametrize("state", [AssignmentState.ON_SITE, AssignmentState.DONE, RESERVED])
def test_who_has_arrived_is_not_on_the_way(state: AssignmentState) -> None:
    there = {"v1": visit(VisitState.ON_SITE, NOW + HOUR, ben=state)}
    facts = {"visit_id": "v1", "expert_id": "ben"}
    assert judge("visit.on_the_way", facts, visits=there) is OVERTAKEN


def test_two_who_are_on_the_way_to_one_visit_are_told_of_once_a_day() -> None:
    way = AssignmentState.EN_ROUTE
    coming = {"v1": visit(VisitState.EN_ROUTE, NOW + HOUR, ben=way, cat=way)}
    second = {"visit_id": "v1", "expert_id": "cat"}
    first = ("visit.on_the_way", {"visit_id": "v1", "expert_id": "ben"})
    assert judge("visit.on_the_way", second, visits=coming, earlier=(first,)) is NOTHING_NEW
    tomorrow = {"v1": coming["v1"]._replace(start=NOW + 25 * HOUR)}
    later = judge(
        "visit.on_the_way", second, visits=tomorrow, earlier=(first,), now=NOW + 24 * HOUR
    )
    assert isinstance(later, Told)


SELECTED = ("proposal.selected", says(expert_id="ann"))


def test_an_expert_hears_what_is_different_for_them() -> None:
    assert text(judge(*SELECTED)) == "proposal.selected"
    assert text(judge(*SELECTED, earlier=(SELECTED,))) == "assignment.kept"
    moved = says(LATER, expert_id="ann")
    visits = {"v1": visit(start=LATER, ann=RESERVED)}
    told = judge("proposal.selected", moved, visits=visits, earlier=(SELECTED,))
    assert text(told) == "assignment.moved"
    assert judge(*SELECTED, visits={"v1": visit(ann=ACKNOWLEDGED)}) is OVERTAKEN
    assert judge(*SELECTED, visits={"v1": visit(ben=RESERVED)}) is OVERTAKEN


def test_who_need_not_come_hears_it_if_they_knew_of_it_and_do_not_come_all_the_same() -> None:
    gone = {"v1": visit(OPEN, None)}
    news = ("assignment.cancelled", says(expert_id="ann"))
    assert text(judge(*news, visits=gone, earlier=(SELECTED,))) == "assignment.cancelled"
    assert text(judge(*news, visits=gone, reported=frozenset(["v1"]))) == "assignment.cancelled"
    assert judge(*news, visits=gone) is NOTHING_NEW
    assert judge(*news, earlier=(SELECTED,)) is OVERTAKEN


def test_an_offer_that_may_win_again_was_not_let_go_and_one_letter_is_enough() -> None:
    news = ("proposal.released", {"visit_id": "v1", "expert_id": "ann"})
    taken = {"v1": visit(ben=RESERVED)}
    assert text(judge(*news, visits=taken)) == "proposal.released"
    assert judge(*news) is OVERTAKEN
    assert judge(*news, visits={"v1": visit(OPEN, None)}) is OVERTAKEN
    cancelled = Earlier("assignment.cancelled", says(), NOW - timedelta(seconds=5))
    ticket = TicketNow(TicketStatus.SCHEDULED, 1, Coverage.COVERED, taken)
    both = News(*news, "ann", NOW, NOW, "UTC", ticket, (cancelled,))
    assert judged(both) is NOTHING_NEW


def test_a_visit_that_is_open_no_more_is_offered_to_nobody() -> None:
    news = ("visit.open", {"visit_id": "v1", "also": "v2"})
    visits = {"v1": visit(), "v2": visit(OPEN, None)}
    told = judge(*news, visits=visits)
    assert isinstance(told, Told)
    assert told.facts == {"visit_id": "v2"}
    assert judge(*news, visits=visits, status=TicketStatus.REVIEW) is OVERTAKEN
    assert judge("visit.open", {"visit_id": "v1"}) is OVERTAKEN


@pytest.mark.parametrize("reminder", ["visit.due_in_a_day", "assignment.due_in_a_day"])
def test_a_reminder_is_told_once_of_a_visit_that_stands_until_the_next_one_is_due(
    reminder: str,
) -> None:
    assert text(judge(reminder, says())) == reminder
    assert judge(reminder, says(), earlier=((reminder, says()),)) is NOTHING_NEW
    assert judge(reminder, says(), visits={"v1": visit(start=LATER, ann=RESERVED)}) is OVERTAKEN
    assert judge(reminder, says(), visits={"v1": visit(OPEN, None)}) is OVERTAKEN
    assert judge(reminder, says(), now=FIRST - 2 * HOUR) is Suppression.TOO_LATE
    last = reminder.replace("a_day", "two_hours")
    assert text(judge(last, says(), now=FIRST - 2 * HOUR)) == last
    assert judge(last, says(), now=FIRST) is Suppression.TOO_LATE


def test_a_payment_is_asked_for_by_what_is_known_of_the_plan() -> None:
    facts = {"expires_at": (NOW + HOUR).isoformat()}
    asked = {c: judge("payment.requested", facts, coverage=c) for c in Coverage}
    assert text(asked[Coverage.NOT_COVERED]) == "payment.requested"
    assert text(asked[Coverage.UNKNOWN]) == "payment.requested_in_doubt"
    assert {asked[c] for c in Coverage if c.allows_finalising} == {OVERTAKEN}
    assert judge("payment.requested", facts, now=NOW + HOUR) is Suppression.TOO_LATE


def test_times_are_offered_while_a_visit_is_open_and_the_offer_holds() -> None:
    facts = {"expires_at": (NOW + HOUR).isoformat(), "start": FIRST.isoformat(), "offer_id": "o"}
    waiting = {"v1": visit(OPEN, None)}
    offer = {"status": TicketStatus.MATCHING, "visits": waiting}
    assert text(judge("slots.offered", facts, **offer)) == "slots.offered"  # type: ignore[arg-type]
    assert judge("slots.offered", facts) is OVERTAKEN
    late = judge("slots.offered", facts, now=NOW + HOUR, visits=waiting)
    assert late is Suppression.TOO_LATE


def test_a_round_that_is_over_is_not_asked_about() -> None:
    assert judge("ticket.completed", {"round": "2"}) is OVERTAKEN
    assert text(judge("ticket.completed", {"round": "1"})) == "ticket.completed"
    assert judge("ticket.reopened", {"round": "1"}) is OVERTAKEN
    reopened = judge("ticket.reopened", {"round": "1"}, status=TicketStatus.MATCHING)
    assert text(reopened) == "ticket.reopened"


def test_nobody_is_asked_what_has_been_answered() -> None:
    assert text(judge("escalation.opened", {})) == "escalation.opened"
    assert judge("escalation.opened", {}, is_answered=True) is OVERTAKEN


def test_a_silent_expert_is_reminded_until_they_answer_and_a_late_one_until_they_are_there() -> (
    None
):
    news = ("assignment.reminder", says(expert_id="ann"))
    assert text(judge(*news)) == "assignment.reminder"
    acknowledged = {"v1": visit(ann=ACKNOWLEDGED)}
    assert judge(*news, visits=acknowledged) is OVERTAKEN
    assert text(judge(*news, visits=acknowledged, now=FIRST)) == "assignment.reminder"
    there = {"v1": visit(VisitState.ON_SITE, ann=AssignmentState.ON_SITE)}
    assert judge(*news, visits=there, now=FIRST) is OVERTAKEN


def test_what_is_told_of_several_visits_can_be_read_back() -> None:
    facts = says(expert_ids="ann,ben", also="v2 v3", also_start=f"- {LATER.isoformat()}")
    facts["also_expert_ids"] = "cat -"
    visits = appointments(facts)
    assert [v.visit_id for v in visits] == ["v1", "v2", "v3"]
    assert [v.start for v in visits] == [FIRST, None, LATER]
    assert [set(v.crew) for v in visits] == [{"ann", "ben"}, {"cat"}, set()]
    assert telling_of(facts, visits) == facts
    assert appointments({"round": "1"}) == ()
