"""Somebody who is to come cannot, or may not any more: who comes instead?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason, Said
from models.identity import derived_id
from models.messages.visit import AskCustomer, CancelVisit
from models.rules.escalation.attendance import REPLACE, RESCHEDULE, facts
from models.rules.escalation.deed import Deed, Preparation, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown
from models.rules.visit.missing import (
    absence_of,
    absent,
    is_in_vain,
    replaceable_until,
    starts_left,
)
from models.rules.visit.presence import is_all_that_is_left
from models.rules.visit.shut_out import is_shut_out
from models.ticket import Ticket
from models.visit import AssignmentState, Visit


def doubts(ticket: Ticket, _: datetime) -> Iterator[Doubt]:
    """Every visit that somebody does not come to who is to, once it is known that somebody else
    could; until they come after all, or somebody else is sent."""
    for visit in ticket.visits:
        if is_in_vain(visit) and (visit.is_fixed or _is_sought(visit)):
            yield Doubt(visit.id, EscalationReason.CANNOT_ARRIVE, visit.seq)


def _is_sought(visit: Visit) -> bool:
    names = {absence_of(visit, a) for a in absent(visit)}
    return bool(names & set(visit.sought))


def _headline(picture: Picture) -> str:
    visit = picture.visit
    states = {a.state for a in visit.crew} if visit else set()
    if AssignmentState.CANNOT_ARRIVE in states:
        return f"The expert of {picture.visit_name} cannot come."
    return f"The expert of {picture.visit_name} may not come any more."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide, and what happens if nobody does."""
    visit, ticket = picture.visit, picture.ticket
    lines = list(facts(picture))
    if visit is None:
        return lines
    left, until = starts_left(ticket, visit), replaceable_until(ticket, visit)
    if left is not None and left[1] != visit.start:
        lines.append(f"The customer has time for it to begin up to {picture.local(left[1])}")
    if until is not None:
        lines.append(
            f"If nobody is sent by {picture.local(until)}, it is rescheduled by itself, and the "
            "customer is told"
        )
    if picture.customer_asked_at is not None:
        lines.append(
            f"The customer was asked {picture.local(picture.customer_asked_at)}, and has not "
            "answered yet"
        )
    return [*lines, *what_follows(picture)]


def what_follows(picture: Picture) -> Iterator[str]:
    """What becomes of the rest of the ticket, if a visit is cancelled."""
    visit, ticket = picture.visit, picture.ticket
    if visit is None:
        return
    others = [v for v in ticket.visits if v.id != visit.id and v.is_live]
    after = {
        d.successor
        for g in ticket.matching.groups
        for d in g.dependencies
        if d.predecessor == visit.id
    }
    followers = [str(v.seq) for v in others if v.id in after]
    if is_all_that_is_left(ticket, visit):
        yield "It is the only visit that is left: if it is cancelled, so is the ticket"
    elif not others:
        yield "Nothing else is planned: if it is cancelled, the ticket ends with what was done"
    elif followers:
        yield f"If it is cancelled, what had to follow it is matched anew: visit {_all(followers)}"


def _all(numbers: Sequence[str]) -> str:
    return ", ".join(numbers)


def visit_at_stake(picture: Picture) -> str:
    """What ends if the visit is called off: the ticket with it, where nothing else is left of
    it."""
    visit = picture.visit
    if visit is None:
        return picture.at_stake
    when = picture.local(visit.start) if visit.start else "no time yet"
    named = f"{picture.visit_name} ({when}, {len(visit.crew)} booked)"
    return f"{named}. {_ends_with_it(picture)}" if _ends_with_it(picture) else named


def said_of_cancelling(picture: Picture) -> Mapping[Action, Said]:
    """Nobody reads that the rest of a ticket goes on which has no rest."""
    if not (ends := _ends_with_it(picture)):
        return {}
    said = Said(
        label="Cancel the visit, and the ticket with it",
        explains=f"Everybody concerned is told. {ends}.",
    )
    return {Action.CANCEL_VISIT: said}


def _ends_with_it(picture: Picture) -> str:
    visit = picture.visit
    if visit is None or not is_all_that_is_left(picture.ticket, visit):
        return ""
    words = "It is the only visit that is left: the ticket is cancelled with it"
    return f"{words}, and it counts as the customer's no-show" if is_shut_out(visit) else words


def _possible(picture: Picture) -> Sequence[Action]:
    """Somebody takes the place of another in a visit that is staffed; one that is still being
    staffed is matched anew."""
    waits = picture.visit is not None and picture.visit.is_fixed
    found = [Action.RESCHEDULE, Action.CANCEL_VISIT]
    if not waits:
        found.append(Action.ASK_CUSTOMER)
    return [*found, Action.REPLACE] if picture.candidates and not waits else found


def _customer_asked(deed: Deed) -> Request:
    asked = deed.escalation
    return "ask_customer", AskCustomer(
        visit_id=asked.subject,
        reason=asked.reason,
        by=deed.by,
        level=asked.level,
        offer_id=derived_id("off", deed.request_id) if deed.times else None,
        options=deed.times,
    )


def _called_off(deed: Deed) -> Request:
    asked, note_id = deed.escalation, deed.choice.note_id
    return "cancel_visit", CancelVisit(
        visit_id=asked.subject, reason=asked.reason, by=deed.by, note_id=note_id
    )


CANCEL_VISIT = Decision(
    number=4,
    action=Action.CANCEL_VISIT,
    label="Cancel the visit",
    explains="Everybody concerned is told. The rest of the ticket goes on; where nothing is left "
    "of it, the ticket is cancelled too.",
    asks=_called_off,
    ends_all=True,
)

KINDS = (
    Kind(
        reason=EscalationReason.CANNOT_ARRIVE,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.STAND_INS, Shown.CREW, Shown.CUSTOMER_ASKED}),
        narrowed=_possible,
        helps_until=replaceable_until,
        says=said_of_cancelling,
        ends=visit_at_stake,
        decisions=(
            replace(REPLACE, number=1),
            replace(RESCHEDULE, number=2),
            Decision(
                number=3,
                action=Action.ASK_CUSTOMER,
                label="Ask the customer first",
                explains=(
                    "Offers the customer times that others can make; whoever can make the time "
                    "that they choose is booked. If they stay silent, the next level is asked."
                ),
                before=Preparation.STAND_INS,
                asks=_customer_asked,
            ),
            CANCEL_VISIT,
        ),
    ),
)
