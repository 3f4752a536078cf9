"""Somebody who is to come cannot, or may not any more: who comes instead?"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
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
    return [*lines, *what_follows(ticket, visit)]


def what_follows(ticket: Ticket, visit: Visit) -> Iterator[str]:
    """What becomes of the rest of the ticket, if a visit is cancelled."""
    others = [v for v in ticket.visits if v.id != visit.id and v.is_live]
    after = {
        d.successor
        for g in ticket.matching.groups
        for d in g.dependencies
        if d.predecessor == visit.id
    }
    followers = [str(v.seq) for v in others if v.id in after]
    if not others:
        yield "It is the last visit that is left: if it is cancelled, nothing else is planned"
    elif followers:
        yield f"If it is cancelled, what had to follow it is matched anew: visit {_all(followers)}"


def _all(numbers: Sequence[str]) -> str:
    return ", ".join(numbers)


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
    explains="Everybody concerned is told; the rest of the ticket goes on.",
    asks=_called_off,
    ends_all=True,
)

KINDS = (
    Kind(
        reason=EscalationReason.CANNOT_ARRIVE,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.STAND_INS, Shown.CREW}),
        narrowed=_possible,
        decisions=(
            replace(REPLACE, number=1),
            replace(RESCHEDULE, number=2),
            Decision(
                number=3,
                action=Action.ASK_CUSTOMER,
                label="Ask the customer first",
                explains=(
                    "They get a link with times that somebody else could make, and who they choose "
                    "is booked. If they stay silent, the next level is asked."
                ),
                before=Preparation.STAND_INS,
                asks=_customer_asked,
            ),
            CANCEL_VISIT,
        ),
    ),
)
