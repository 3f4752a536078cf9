"""Times that are offered to a customer, and the answer to them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Conflict, Invalid, NotFound
from models.escalation import EscalationReason, Patience
from models.identity import derived_id
from models.matching.offer import OfferedTimes, OfferedVisit, SlotOffer
from models.messages.matching import AcceptOffer, CalendarFreed, OfferSlots
from models.promise.policy import Policies
from models.rules.ticket.offering import accepted, offered_by_house, slots_offered, with_time_again
from models.rules.ticket.waiting import caught_up
from models.ticket import Ticket
from models.visit import MatchState, VisitGroup
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    between,
    named,
    proposed,
    refused,
    scheduled,
    with_matching,
    written,
)

OVER = NOW + 24 * HOUR
MARCH_FOURTH = "2026-03-04T08:00:00+00:00"
ENDS = "2026-03-03T08:00:00+00:00"


def times(*hours: float, visit: str = VISIT) -> tuple[OfferedTimes, ...]:
    """Choices of two hours each, beginning so many hours from now."""
    return tuple(
        OfferedTimes(visits=(OfferedVisit(visit_id=visit, window=between(hour, hour + 2)),))
        for hour in hours
    )


def waiting(**group: object) -> Ticket:
    """A ticket whose group was evaluated, in its third round."""
    ticket = proposed(admitted())
    found = {"needs_matching": False, "round": 3, "match_state": MatchState.NO_COMMON_TIME}
    return ticket.with_group(ticket.matching.groups[0].but(**{**found, **group}))


def asked(ticket: Ticket | None = None, *hours: float, now: datetime = NOW) -> Ticket:
    offer = OfferSlots(offer_id="off_1", options=times(*(hours or (48, 50))), by=HELPDESK)
    return slots_offered(ticket or waiting(), offer, now)


def answered(
    ticket: Ticket, option: int = 1, offer: str = "off_1", now: datetime = NOW + HOUR
) -> Ticket:
    return accepted(ticket, AcceptOffer(offer_id=offer, option=option, by=BY_CUSTOMER), now)


def group(ticket: Ticket) -> VisitGroup:
    return ticket.matching.groups[0]


# Offering


def test_an_offer_is_open_for_a_day_and_nobody_else_is_asked_meanwhile() -> None:
    before = waiting()
    ticket = asked(before)
    made = SlotOffer(id="off_1", options=times(48, 50), expires_at=OVER)
    assert ticket.matching.offers == (made,)
    assert ticket.doubts.patience == (Patience(subject=GROUP, until=OVER),)
    assert group(ticket).offered_round == 3
    facts = {"offer_id": "off_1", "options": 2, "start": MARCH_FOURTH, "expires_at": ENDS}
    assert written(ticket, before) == [("slots.offered", DESK, facts)]


def test_how_long_an_offer_is_open_is_a_policy() -> None:
    ticket = asked(admitted(policies=Policies(accept_link_ttl=3 * HOUR)), now=NOW + HOUR)
    assert ticket.matching.offers[0].expires_at == NOW + 4 * HOUR


def test_a_second_offer_leaves_the_first_and_the_same_one_again_is_one() -> None:
    once = asked()
    assert asked(once) is once
    twice = slots_offered(once, OfferSlots(offer_id="off_2", options=times(60), by=HELPDESK), NOW)
    assert [o.id for o in twice.matching.offers] == ["off_1", "off_2"]


def test_nothing_to_offer_is_no_offer() -> None:
    empty = OfferSlots(offer_id="off_1", options=(), by=HELPDESK)
    assert refused(lambda: slots_offered(waiting(), empty, NOW)) == (Invalid, "offer-empty", "", {})
    kind, code, _, _ = refused(lambda: asked(scheduled()))
    assert (kind, code) == (Conflict, "illegal-transition")


def test_a_group_that_is_settled_is_not_waited_for_because_of_an_offer() -> None:
    ticket = waiting()
    other = group(ticket).but(id=named("grp", 2), visit_ids=(named("vis", 2),))
    settled = group(ticket).but(match_state=MatchState.FINALISED)
    ticket = asked(with_matching(ticket, groups=(settled, other)))
    assert (ticket.doubts.patience, group(ticket)) == ((), settled)
    assert len(ticket.matching.offers) == 1


def test_the_house_offers_once_a_round_under_a_name_of_that_round() -> None:
    before = waiting()
    ticket = offered_by_house(before, GROUP, times(48), NOW)
    [offer] = ticket.matching.offers
    assert (offer.id, offer.options) == (derived_id("off", GROUP, "3"), times(48))
    assert group(ticket).offered_round == 3
    assert [(kind, who) for kind, who, _ in written(ticket, before)] == [("slots.offered", HOUSE)]


def test_where_the_house_has_no_time_to_offer_a_person_is_asked_at_once() -> None:
    for ticket in (
        offered_by_house(waiting(), GROUP, (), OVER),
        caught_up(waiting(), OVER),
    ):
        [question] = ticket.doubts.questions
        assert (question.reason, question.subject, question.asked_at) == (
            EscalationReason.NO_COMMON_TIME,
            GROUP,
            OVER,
        )
        assert ticket.matching.offers == ()
    assert group(offered_by_house(waiting(), GROUP, (), OVER)).offered_round == 3


def test_the_house_offers_nothing_to_a_group_that_was_settled_meanwhile() -> None:
    ticket = offered_by_house(waiting(match_state=MatchState.FINALISED), GROUP, times(48), NOW)
    assert (ticket.matching.offers, group(ticket).offered_round) == ((), 3)


# Answering


def test_the_time_a_customer_takes_is_one_of_theirs_and_is_settled_at_once() -> None:
    before = asked()
    ticket = answered(before)
    assert ticket.visits[0].slots == (between(24, 36), between(50, 52))
    assert (group(ticket).needs_matching, group(ticket).hold_until) == (True, NOW + HOUR)
    assert [o.accepted for o in ticket.matching.offers] == [1]
    assert written(ticket, before) == [
        ("offer.accepted", CUSTOMER, {"offer_id": "off_1", "option": 1})
    ]


def test_only_the_offer_that_was_answered_is_answered() -> None:
    twice = slots_offered(
        asked(), OfferSlots(offer_id="off_2", options=times(60), by=HELPDESK), NOW
    )
    ticket = answered(twice, 0, "off_2")
    assert [o.accepted for o in ticket.matching.offers] == [None, 0]
    assert ticket.visits[0].slots == (between(24, 36), between(60, 62))
    assert [o.accepted for o in answered(ticket, 0).matching.offers] == [0, 0]


@pytest.mark.parametrize("now", [NOW, OVER])
def test_the_time_that_was_taken_is_taken_again_and_nothing_changes(now: datetime) -> None:
    once = answered(asked(), 1)
    assert answered(once, 1, now=now) == once


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (lambda: answered(waiting()), (NotFound, "offer-unknown", None, {})),
        (lambda: answered(asked(), offer="off_9"), (NotFound, "offer-unknown", None, {})),
        (lambda: answered(answered(asked(), 1), 0), (Conflict, "offer-used", None, {})),
        (lambda: answered(asked(), now=OVER), (Conflict, "offer-expired", None, {})),
        (lambda: answered(asked(), -1), (Invalid, "option-unknown", "/option", {})),
        (lambda: answered(asked(), 2), (Invalid, "option-unknown", "/option", {})),
        (
            lambda: answered(asked().but(visits=scheduled().visits)),
            (Conflict, "offer-overtaken", None, {}),
        ),
        (lambda: answered(asked().but(visits=())), (Conflict, "offer-overtaken", None, {})),
        (
            lambda: answered(with_matching(asked(), groups=())),
            (Conflict, "offer-overtaken", None, {}),
        ),
    ],
)
def test_an_answer_to_what_is_not_offered_any_more_is_refused(
    act: Callable[[], object], refusal: tuple[object, ...]
) -> None:
    assert refused(act) == refusal


def test_an_offer_is_good_until_its_last_moment() -> None:
    assert answered(asked(), 0, now=OVER - timedelta(seconds=1)).matching.offers[0].accepted == 0


# Experts who have time again


def test_groups_that_wait_for_an_expert_with_time_again_are_looked_at_and_no_others() -> None:
    def freed(ticket: Ticket, *experts: str) -> Ticket:
        return with_time_again(ticket, CalendarFreed(expert_ids=experts), NOW)

    ticket = waiting()
    idle = group(ticket).but(id=named("grp", 2), visit_ids=(named("vis", 2),))
    ticket = with_matching(ticket, groups=(group(ticket), idle))
    assert [g.needs_matching for g in freed(ticket, BEN, ANNA).matching.groups] == [True, False]
    assert freed(ticket, BEN) is ticket
    settled = waiting(match_state=MatchState.FINALISED)
    assert freed(settled, ANNA) is settled
    marked = waiting(needs_matching=True)
    assert freed(marked, ANNA) is marked


def test_a_window_that_is_offered_is_the_window_that_is_taken() -> None:
    touching = answered(asked(None, 36, 50), 0)
    assert touching.visits[0].slots == (Window(start=NOW + 24 * HOUR, end=NOW + 38 * HOUR),)
