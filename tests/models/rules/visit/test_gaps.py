"""Chained visits that began otherwise than they were to."""

from datetime import timedelta
from typing import Any

import pytest

from models.field import FactKind
from models.messages.visit import ReportVisit
from models.rules.visit import fieldwork
from models.ticket import Attention, Ticket
from models.visit import Assignment, Dependency, Visit, VisitState
from tests.models.rules.stories import ANNA, HOUR, LENGTH, NOW, VISIT, by, fact, named, scheduled

SECOND = named("vis", 2)
MINUTE = timedelta(minutes=1)
ENDS = NOW + HOUR


def chained(**rule: Any) -> Ticket:
    """Two visits of which the second follows the first within half an hour."""
    ticket = scheduled()
    [group] = ticket.matching.groups
    [first] = ticket.visits
    crew = (Assignment(id="asg_second", visit_id=SECOND, position=0, expert_id=ANNA),)
    second = Visit(
        id=SECOND,
        seq=2,
        group_id=group.id,
        duration=LENGTH,
        positions=first.positions,
        state=VisitState.SCHEDULED,
        start=NOW + 26 * HOUR,
        assignments=crew,
    )
    follows = Dependency(
        **{"predecessor": VISIT, "successor": SECOND, "max_gap": 30 * MINUTE, **rule}
    )
    joined = group.but(visit_ids=(VISIT, SECOND), dependencies=(follows,))
    return ticket.but(visits=(first, second)).with_group(joined)


def reported(ticket: Ticket, said: ReportVisit) -> Ticket:
    return fieldwork.reported(ticket, said, said.occurred_at)[0]


def begun(gap: timedelta, **rule: Any) -> Ticket:
    """The first is done, and so long later the second begins."""
    ticket = reported(chained(**rule), fact(FactKind.STARTED))
    ticket = reported(ticket, fact(FactKind.COMPLETED, at=ENDS))
    began = fact(FactKind.STARTED, at=ENDS + gap, name="second")
    return reported(ticket, began.model_copy(update={"visit_id": SECOND}))


@pytest.mark.parametrize(
    ("gap", "rule", "is_kept"),
    [
        (timedelta(0), {}, True),
        (30 * MINUTE, {}, True),
        (31 * MINUTE, {}, False),
        (9 * MINUTE, {"min_gap": 10 * MINUTE}, False),
        (10 * MINUTE, {"min_gap": 10 * MINUTE}, True),
        (5 * HOUR, {"max_gap": None}, True),
    ],
)
def test_a_gap_that_was_not_kept_in_fact_is_for_somebody_to_look_at(
    gap: timedelta, rule: dict[str, Any], is_kept: bool
) -> None:
    expected = () if is_kept else (Attention.GAP_NOT_KEPT,)
    assert begun(gap, **rule).filing.attention == expected


def test_what_has_not_begun_breaks_nothing_yet() -> None:
    ticket = reported(chained(), fact(FactKind.STARTED))
    assert reported(ticket, fact(FactKind.COMPLETED, at=ENDS)).filing.attention == ()


def test_a_report_that_is_taken_back_takes_that_along() -> None:
    ticket = begun(2 * HOUR)
    ticket = ticket.but(policies=ticket.policies.but(correction_window=HOUR))
    back = ReportVisit(
        visit_id=SECOND,
        kind=None,
        expert_id=ANNA,
        occurred_at=ENDS + 2 * HOUR,
        client_event_id="back",
        by=by(ANNA),
        corrects="second",
    )
    assert reported(ticket, back).filing.attention == ()
