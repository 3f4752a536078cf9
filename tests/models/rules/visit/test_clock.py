"""What a phone's clock may say, and what is done about one that is wrong."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from models.errors import Invalid
from models.field import FactKind
from models.messages.visit import ReportVisit
from models.promise.policy import NORMAL
from models.rules.money.plausibility import worked
from models.rules.visit.clock import CLOCK_TOLERANCE, corrected, seconds_behind
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from models.visit import VisitState
from tests.models.rules.stories import ANNA, BEN, HOUR, NOW, fact, refused, scheduled, written

K = FactKind
START = NOW + 24 * HOUR
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def said(kind: FactKind, at: datetime, received_at: datetime | None = None) -> ReportVisit:
    report = fact(kind, at=at)
    return report.model_copy(update={"received_at": received_at or max(at, NOW)})


def when(ticket: Ticket, *reports: ReportVisit) -> Ticket:
    """After reports that each came as soon as they could."""
    for report in reports:
        assert report.received_at is not None
        ticket, _ = reported(ticket, report, report.received_at)
    return ticket


def code(ticket: Ticket, report: ReportVisit) -> str:
    kind, found, field, _ = refused(lambda: when(ticket, report))
    assert (kind, field) == (Invalid, "/occurred_at")
    return found


def normal() -> Ticket:
    return scheduled(policies=NORMAL)


@pytest.mark.parametrize("kind", [K.EN_ROUTE, K.ON_SITE, K.STARTED, K.COMPLETED])
def test_nobody_works_on_a_visit_more_than_twelve_hours_before_it(kind: FactKind) -> None:
    assert code(normal(), said(kind, START - 12 * HOUR - SECOND)) == "occurred-too-early"
    assert when(normal(), said(kind, START - 12 * HOUR))


def test_a_visit_is_acknowledged_as_early_as_it_is_known() -> None:
    assert when(normal(), said(K.ACKNOWLEDGED, NOW))


@pytest.mark.parametrize("kind", K)
def test_nothing_is_reported_from_before_the_expert_was_sent(kind: FactKind) -> None:
    there = kind in (K.CANNOT_ENTER, K.NEED_MORE_TIME)
    ticket = when(normal(), said(K.ON_SITE, START)) if there else normal()
    [visit] = ticket.visits
    sent_late = visit.assignments[0].but(booked_at=START - HOUR)
    ticket = ticket.with_visit(visit.but(assignments=(sent_late,)))
    early = said(kind, START - HOUR - SECOND, START).model_copy(update={"behind": 0.0})
    assert code(ticket, early) == "occurred-too-early"
    assert when(ticket, early.model_copy(update={"occurred_at": START - HOUR}))
    # By a clock that was seen to be behind by so little it was not before that.
    assert when(ticket, early.model_copy(update={"behind": 1.0}))
    # An earlier release let five minutes in, whatever the clock, and its histories run still.
    before = said(kind, START - HOUR - CLOCK_TOLERANCE, START)
    assert when(ticket, before)
    assert code(ticket, before.model_copy(update={"behind": 0.0})) == "occurred-too-early"


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(None, 0), (0, 0), (20, 0), (-20, 20), (-300, 300), (-301, 0), (301, 0)],
)
def test_a_clock_is_behind_by_what_it_shows_up_to_where_it_is_mended(
    sent: int | None, seconds: int
) -> None:
    sent_at = None if sent is None else START + sent * SECOND
    assert seconds_behind(sent_at, START) == seconds


def test_a_start_of_years_ago_is_refused() -> None:
    long_ago = said(K.STARTED, datetime(2021, 1, 1, tzinfo=UTC), START)
    assert code(normal(), long_ago) == "occurred-too-early"


def test_a_report_that_waited_for_us_is_judged_by_when_it_came() -> None:
    report = said(K.STARTED, START + HOUR, START)
    later = START + 2 * HOUR
    assert refused(lambda: reported(normal(), report, later))[1] == "occurred-in-the-future"


@pytest.mark.parametrize("kind", [K.ON_SITE, K.STARTED])
def test_work_does_not_end_before_it_began_and_has_no_start_that_is_heard_of_later(
    kind: FactKind,
) -> None:
    began, done = said(kind, START + HOUR), said(K.COMPLETED, START, START + HOUR)
    assert code(when(normal(), began), done) == "occurred-too-early"
    [visit] = when(normal(), done, began).visits
    assert (visit.state, visit.actual_start) == (VisitState.COMPLETED, None)
    assert visit.actual_end == START
    assert worked(visit, visit.crew[0]) == timedelta(0), "from the appointed time, as before"


@pytest.mark.parametrize("ahead", [1, 5])
def test_an_honest_end_is_taken_though_the_clock_was_a_little_ahead_at_the_start(
    ahead: int,
) -> None:
    work = [
        said(K.STARTED, START + ahead * MINUTE, START),
        said(K.COMPLETED, START + SECOND),
    ]
    for order in (work, work[::-1]):
        [visit] = when(normal(), *order).visits
        assert visit.state is VisitState.COMPLETED
        assert visit.actual_start == visit.actual_end == work[1].occurred_at
        assert worked(visit, visit.crew[0]) == timedelta(0)


@pytest.mark.parametrize("skew", [-9 * HOUR, 9 * HOUR])
def test_a_start_after_the_end_is_one_however_wrong_the_clock_was(skew: timedelta) -> None:
    ended, began = (
        said(kind, START + minute * MINUTE, START + HOUR).model_copy(
            update={"phone_time": START + minute * MINUTE + skew}
        )
        for kind, minute in ((K.COMPLETED, 1), (K.STARTED, 4))
    )
    assert when(normal(), ended, began).visits[0].actual_start is None
    assert code(when(normal(), began), ended) == "occurred-too-early"


def test_of_a_joint_visit_the_last_end_comes_after_the_first_start() -> None:
    ticket = scheduled(ANNA, BEN, skills=("plumbing", "electrical"), policies=NORMAL)
    ticket = when(ticket, said(K.STARTED, START + 5 * MINUTE, START), said(K.COMPLETED, START))
    later = START + 3 * HOUR
    bens = [fact(k, BEN, at) for k, at in ((K.STARTED, START + HOUR), (K.COMPLETED, later))]
    ticket = when(ticket, *(b.model_copy(update={"received_at": later}) for b in bens))
    [visit] = ticket.visits
    assert (visit.actual_start, visit.actual_end) == (START + 5 * MINUTE, later)


def test_one_experts_end_is_not_measured_by_anothers_start() -> None:
    ticket = scheduled(ANNA, BEN, skills=("plumbing", "electrical"), policies=NORMAL)
    ticket = when(ticket, said(K.STARTED, START + HOUR))
    done = fact(K.COMPLETED, BEN, START).model_copy(update={"received_at": START + HOUR})
    assert when(ticket, done)


def test_a_clock_that_was_set_between_two_reports_makes_no_contradiction() -> None:
    fast = said(K.STARTED, START + 5 * MINUTE, START)
    mended = said(K.COMPLETED, START + 3 * MINUTE, START + 3 * MINUTE)
    mended = mended.model_copy(update={"phone_time": START + 8 * MINUTE + SECOND})
    assert when(normal(), fast, mended)


@pytest.mark.parametrize("skew", [-5 * MINUTE, -SECOND, timedelta(0), 5 * MINUTE])
def test_a_clock_that_is_five_minutes_wrong_is_right(skew: timedelta) -> None:
    assert corrected(NOW - HOUR, NOW - skew, NOW) == NOW - HOUR


@pytest.mark.parametrize("skew", [-2 * HOUR, -5 * MINUTE - SECOND, 5 * MINUTE + SECOND, 90 * HOUR])
def test_a_clock_that_is_more_wrong_is_mended_by_what_it_is_wrong_by(skew: timedelta) -> None:
    sent_at = NOW - skew
    assert corrected(sent_at - HOUR, sent_at, NOW) == NOW - HOUR


@pytest.mark.parametrize(
    ("sent", "occurred"),
    [(0, 118), (0, 5 + 1 / 60), (120, 130), (-120, -2), (5, 11)],
    ids=["set-since", "just-beyond", "ahead-of-itself", "slow", "nearly-right"],
)
def test_what_was_sent_with_its_time_was_when_we_had_it_at_the_latest(
    sent: float, occurred: float
) -> None:
    assert corrected(NOW + occurred * MINUTE, NOW + sent * MINUTE, NOW) == NOW


def test_what_is_a_little_ahead_stays_as_it_was_said() -> None:
    assert corrected(NOW + 5 * MINUTE, NOW, NOW) == NOW + 5 * MINUTE


def test_what_a_clock_was_ahead_of_us_with_keeps_the_order_in_which_it_was() -> None:
    """On site, before a closed door, and on site again when somebody opened; then the phone was set
    right, and sent all of it."""
    reports = [
        fact(kind, at=NOW, name=name).model_copy(
            update={"received_at": NOW, "phone_time": NOW + minute * MINUTE}
        )
        for kind, name, minute in (
            (K.ON_SITE, "here", 110),
            (K.CANNOT_ENTER, "shut", 115),
            (K.ON_SITE, "opened", 118),
        )
    ]
    for order in permutations(reports):
        if order[0].kind is K.CANNOT_ENTER:
            continue
        ticket = scheduled()
        for report in order:
            ticket, answer = reported(ticket, report, NOW)
        assert answer.state is VisitState.ON_SITE


def test_without_the_time_of_sending_a_time_is_what_it_says() -> None:
    assert corrected(NOW - 9 * HOUR, None, NOW) == NOW - 9 * HOUR


def test_the_phones_own_time_stands_beside_the_mended_one() -> None:
    phone_time = START - 3 * HOUR
    report = said(K.STARTED, START).model_copy(update={"phone_time": phone_time})
    ticket = when(normal(), report)
    assert written(ticket)[-1][2]["phone_time"] == phone_time.isoformat()
    assert ticket.news[-1].occurred_at == START
    assert ticket.visits[0].facts[-1].by_its_phone == phone_time


def test_a_night_on_which_clocks_change_is_as_long_as_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=0)
    after = datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1)
    first, second = said(K.STARTED, before), said(K.COMPLETED, after)
    parsed = [ReportVisit.model_validate(r.model_dump(mode="json")) for r in (first, second)]
    assert parsed[1].occurred_at - parsed[0].occurred_at == HOUR


def test_a_report_that_is_too_early_is_refused_with_the_moment_that_it_may_not_precede() -> None:
    [visit] = normal().visits
    sent_late = visit.but(assignments=(visit.assignments[0].but(booked_at=START - HOUR),))
    for ticket, early, bound in (
        (normal(), said(K.STARTED, NOW), START - 12 * HOUR),
        (normal().with_visit(sent_late), said(K.STARTED, NOW), START - HOUR),
    ):
        refusal = refused(partial(when, ticket, early))
        evidence = {"bound": bound.isoformat()}
        assert refusal == (Invalid, "occurred-too-early", "/occurred_at", evidence)
