"""A running ticket hears that its policies became others."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.field import FactKind, StartCode
from models.messages.ticket import CancelTicket, PoliciesChanged
from models.promise.policy import Policies
from models.rules.ticket.closing import cancelled
from models.rules.ticket.following import policies_followed
from models.rules.ticket.waiting import caught_up, timers
from models.rules.visit import fieldwork
from models.rules.visit.shut_out import waits_until
from models.ticket import Ticket
from models.visit import MatchState
from tests.models.rules.stories import (
    GROUP,
    HELPDESK,
    HOUR,
    NOW,
    UNHURRIED,
    admitted,
    after,
    fact,
    refused,
    scheduled,
    with_matching,
    written,
)

MINUTE = timedelta(minutes=1)


def changed(version: int = 1, zone: str | None = "berlin", **policies: Any) -> PoliciesChanged:
    return PoliciesChanged(version=version, policies=UNHURRIED.but(**policies), zone=zone)


def followed(ticket: Ticket, now: datetime = NOW, **policies: Any) -> Ticket:
    version = ticket.policies_version + 1
    return policies_followed(ticket, changed(version, **policies), now)


def held(hold: timedelta = 2 * HOUR) -> Ticket:
    """A full group that waits for better offers since NOW."""
    ticket = admitted(policies=UNHURRIED.but(match_hold=hold))
    full = {"match_state": MatchState.FULL_HELD, "hold_until": NOW + hold, "needs_matching": False}
    groups = tuple(g.but(**full) for g in ticket.matching.groups)
    return with_matching(ticket, groups=groups)


def due(ticket: Ticket, name: str) -> datetime | None:
    return next((t.due_at for t in timers(ticket, NOW) if t.name == name), None)


def is_matched(ticket: Ticket, now: datetime) -> bool:
    return all(g.needs_matching for g in caught_up(ticket, now).matching.groups)


def test_a_hold_that_is_shortened_ends_earlier_and_one_that_is_lengthened_later() -> None:
    shorter = followed(held(), NOW + 10 * MINUTE, match_hold=30 * MINUTE)
    assert due(shorter, "match_hold") == NOW + 30 * MINUTE
    assert not is_matched(shorter, NOW + 29 * MINUTE)
    assert is_matched(shorter, NOW + 30 * MINUTE)
    longer = followed(shorter, NOW + 20 * MINUTE, match_hold=4 * HOUR)
    assert due(longer, "match_hold") == NOW + 4 * HOUR


def test_a_hold_that_would_be_over_by_now_is_over() -> None:
    now = NOW + HOUR
    assert is_matched(followed(held(), now, match_hold=30 * MINUTE), now)
    assert is_matched(followed(held(), now, match_hold=timedelta(0)), now)


def test_every_running_clock_follows() -> None:
    ticket = admitted()
    assert due(ticket, "pending_timeout") == NOW + 24 * HOUR
    assert due(followed(ticket, pending_timeout=HOUR), "pending_timeout") == NOW + HOUR


def test_what_changed_is_written_down_and_what_is_the_same_is_not() -> None:
    ticket = admitted()
    quiet = followed(ticket)
    assert (quiet.seq, quiet.policies_version) == (ticket.seq, 1)
    loud = followed(quiet, door_wait=HOUR, ack_timeout=HOUR)
    [(kind, _, facts)] = written(loud, ticket)
    assert kind == "ticket.policies_changed"
    assert (facts["version"], facts["names"]) == (2, ["ack_timeout", "door_wait"])


def test_an_older_change_that_comes_later_changes_nothing() -> None:
    ticket = policies_followed(admitted(), changed(7, door_wait=HOUR), NOW)
    assert policies_followed(ticket, changed(6, door_wait=2 * HOUR), NOW) is ticket


def test_the_same_change_told_twice_is_followed_once() -> None:
    ticket = policies_followed(held(), changed(7, match_hold=HOUR), NOW)
    again = policies_followed(ticket, changed(7, match_hold=HOUR), NOW)
    assert (again.seq, again.matching) == (ticket.seq, ticket.matching)


def test_what_was_looked_up_for_another_zone_or_plan_changes_nothing() -> None:
    ticket = admitted()
    assert policies_followed(ticket, changed(7, zone="london", door_wait=HOUR), NOW) is ticket
    other = changed(7, door_wait=HOUR).model_copy(update={"plan_id": "plan_gold"})
    assert policies_followed(ticket, other, NOW) is ticket


def test_a_ticket_that_is_over_keeps_its_policies() -> None:
    ticket = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)
    assert ticket.listens_until == NOW + 49.5 * HOUR
    assert policies_followed(ticket, changed(evidence_grace=HOUR), NOW) is ticket


def shut_out() -> Ticket:
    return after(scheduled(), FactKind.ON_SITE, FactKind.CANNOT_ENTER)


def until(ticket: Ticket) -> datetime | None:
    [visit] = ticket.visits
    return waits_until(ticket, visit)


def test_whoever_waits_at_a_door_waits_as_long_as_the_policy_says_now() -> None:
    assert until(shut_out()) == NOW + 15 * MINUTE
    assert until(followed(shut_out(), NOW + MINUTE, door_wait=5 * MINUTE)) == NOW + 5 * MINUTE


def test_whoever_was_told_that_they_may_leave_need_not_wait_again() -> None:
    told = caught_up(shut_out(), NOW + 15 * MINUTE)
    longer = followed(told, NOW + 16 * MINUTE, door_wait=HOUR)
    assert until(longer) == NOW + 15 * MINUTE
    later = caught_up(longer, NOW + 2 * HOUR)
    assert "visit.door_wait_over" not in [kind for kind, *_ in written(later, longer)]


CODE = {"start_code": True}


def begun(ticket: Ticket, code: StartCode | None = None) -> Ticket:
    return fieldwork.reported(ticket, fact(FactKind.STARTED, start_code=code), NOW)[0]


def test_work_that_nobody_has_set_out_to_begins_as_the_policy_says_now() -> None:
    ticket = followed(scheduled(), **CODE)
    assert refused(lambda: begun(ticket))[1] == "start-code-wrong"
    assert begun(ticket, StartCode.RIGHT).visits[0].state == "IN_PROGRESS"
    assert begun(followed(ticket)).visits[0].state == "IN_PROGRESS"


@pytest.mark.parametrize("kinds", [[FactKind.EN_ROUTE], [FactKind.EN_ROUTE, FactKind.ON_SITE]])
def test_whoever_set_out_without_a_code_begins_without_one(kinds: list[FactKind]) -> None:
    ticket = followed(after(scheduled(), *kinds), **CODE)
    assert begun(ticket).visits[0].state == "IN_PROGRESS"
    [(_, _, facts)] = written(ticket, after(scheduled(), *kinds))
    assert (facts["start_code"], facts["as_before"]) == (True, ["asg_0"])


def test_a_customer_who_was_given_a_code_is_asked_for_it() -> None:
    coded = Policies.model_validate({**UNHURRIED.model_dump(), **CODE})
    ticket = followed(after(scheduled(policies=coded), FactKind.EN_ROUTE))
    assert refused(lambda: begun(ticket))[1] == "start-code-wrong"
    assert begun(ticket, StartCode.RIGHT).visits[0].state == "IN_PROGRESS"
    [_, (_, _, facts)] = [w for w in written(ticket) if w[0] in FOLLOWED]
    assert (facts["start_code"], facts["as_before"]) == (False, ["asg_0"])


FOLLOWED = ("ticket.admitted", "ticket.policies_changed")


def test_those_who_set_out_while_it_was_off_go_on_through_any_number_of_changes() -> None:
    ticket = after(scheduled(), FactKind.EN_ROUTE)
    for value in (True, False, True):
        ticket = followed(ticket, start_code=value)
    assert begun(ticket).visits[0].state == "IN_PROGRESS"


def test_groups_and_visits_stay_what_they_are_but_for_their_clocks() -> None:
    ticket = followed(held(), match_hold=HOUR)
    [group] = ticket.matching.groups
    assert (group.id, group.match_state, group.needs_matching) == (
        GROUP,
        MatchState.FULL_HELD,
        False,
    )
