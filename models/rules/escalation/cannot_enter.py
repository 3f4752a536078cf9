"""An expert is before a closed door: how long do they wait, and what then?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.visit import CustomerComing, WaitAtDoor
from models.rules.escalation.attendance import RESCHEDULE, facts
from models.rules.escalation.cannot_arrive import (
    CANCEL_VISIT,
    said_of_cancelling,
    visit_at_stake,
    what_follows,
)
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.visit.shut_out import is_shut_out, is_waited_for, waits_until
from models.ticket import Ticket


def doubts(ticket: Ticket, _: datetime) -> Iterator[Doubt]:
    """Every visit before whose door an expert stands, until it is opened."""
    for visit in ticket.visits:
        if is_shut_out(visit):
            yield Doubt(visit.id, EscalationReason.CANNOT_ENTER, visit.seq)


def _headline(picture: Picture) -> str:
    return f"The expert of {picture.visit_name} is before a closed door."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit, ticket = picture.visit, picture.ticket
    lines = list(facts(picture))
    if visit is None:
        return lines
    if (until := waits_until(ticket, visit)) is not None:
        waits = is_waited_for(ticket, visit)
        said = "The expert waits until" if waits else "The expert may leave, since"
        lines.append(f"{said} {picture.local(until)}")
    for attempt in _attempts(picture):
        lines.append(attempt)
    if picture.no_shows:
        lines.append(f"The customer was not there for {picture.no_shows} visits before")
    lines.append("Rescheduled or cancelled now, it counts as the customer's no-show")
    return [*lines, *what_follows(picture)]


def _attempts(picture: Picture) -> Iterator[str]:
    """How the expert tried to reach the customer."""
    for fact in picture.visit.facts if picture.visit else ():
        if not fact.withdrawn:
            for attempt in fact.particulars.attempts:
                yield f"Tried to reach the customer: {attempt.channel}, {picture.local(attempt.at)}"


def _waited(deed: Deed) -> Request:
    minutes = deed.choice.parameter
    asked = deed.escalation
    return "wait_at_door", WaitAtDoor(
        visit_id=asked.subject,
        by=deed.by,
        minutes=minutes if isinstance(minutes, int) else None,
    )


def _coming(deed: Deed) -> Request:
    return "customer_coming", CustomerComing(visit_id=deed.escalation.subject, by=deed.by)


KINDS = (
    Kind(
        reason=EscalationReason.CANNOT_ENTER,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.CREW, Shown.NO_SHOWS}),
        step=lambda policies: policies.door_wait,
        says=said_of_cancelling,
        ends=visit_at_stake,
        decisions=(
            Decision(
                number=1,
                action=Action.WAIT,
                label="Let them wait",
                explains="The expert is told until when; you are asked again if nobody opens.",
                wants=Wants.WAIT,
                asks=_waited,
            ),
            Decision(
                number=2,
                action=Action.CUSTOMER_COMING,
                label="The customer is coming",
                explains="The expert is told, and waits for them.",
                asks=_coming,
            ),
            RESCHEDULE,
            CANCEL_VISIT,
        ),
    ),
)
