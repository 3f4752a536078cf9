"""Somebody could not be told, by any channel."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.brief import Untold, Way
from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import NotificationSettled
from models.rules.escalation.deed import Deed, Preparation, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown
from models.rules.escalation.wording import in_words
from models.ticket import Ticket

_WAYS: Mapping[str, str] = {"sms": "By text message", "email": "By e-mail"}
WHY_NOT: Mapping[str, str] = {
    "recipient-invalid": "the number or address is wrong",
    "recipient-opted-out": "they answered STOP",
    "recipient-unreachable": "nothing arrives there",
    "sender-rejected": "we may not write there",
    "message-rejected": "the message was not accepted",
    "message-malformed": "the message could not be sent as it is",
    "provider-unavailable": "the service that sends it was away",
    "provider-rate-limited": "the service that sends it had too much to do",
    "delivery-uncertain": "nobody knows whether it arrived",
    "channel-switched-off": "we have switched that way off",
    "letter-unwritable": "the message could not be written",
}
"""What is said of each code of a failure."""


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """One message at a time; without the customer's file there is one question already, and its
    answer sends what could not be told."""
    if ticket.filing.zone is None:
        return
    for notification in ticket.doubts.undeliverable[:1]:
        yield Doubt(ticket.id, EscalationReason.NOTIFICATION_UNDELIVERABLE, about=notification)


def _headline(picture: Picture) -> str:
    return f"A message about {picture.name} could not be delivered by any channel."


def _facts(picture: Picture) -> Sequence[str]:
    """What was to be told, to whom, and what was tried."""
    untold = picture.untold
    if untold is None:
        return ()
    visit = f", visit {untold.visit}" if untold.visit else ""
    start = f", {picture.local(untold.start)}" if untold.start else ""
    lines = [
        f"Not told: {untold.about}{visit}{start}",
        f"To whom: {_whom(untold)}",
        *(_tried(way) for way in untold.ways),
    ]
    if not untold.ways:
        lines.append("Not tried: nothing is known to reach them by, or they want no messages there")
    if untold.others:
        lines.append(f"The same person could not be told of {', '.join(untold.others)} either")
    return lines


def _whom(untold: Untold) -> str:
    if untold.expert_no is not None:
        return f"expert no. {untold.expert_no}"
    return f"the {untold.role}"


def _tried(way: Way) -> str:
    how = _WAYS.get(way.channel, f"By {in_words(way.channel)}")
    times = "once" if way.attempts == 1 else f"{way.attempts} times"
    why = WHY_NOT.get(way.error, in_words(way.error)) if way.error else "it was not accepted"
    return f"{how}, tried {times}: {why}"


def _settled(deed: Deed) -> Request:
    notification_id = deed.escalation.about or ""
    return "settle_notification", NotificationSettled(notification_id=notification_id, by=deed.by)


KINDS = (
    Kind(
        reason=EscalationReason.NOTIFICATION_UNDELIVERABLE,
        headline=_headline,
        facts=_facts,
        on_our_page="Our own page has a form that puts the address right and sends it again",
        shows=frozenset({Shown.MESSAGE}),
        decisions=(
            Decision(
                number=1,
                action=Action.TOLD,
                label="I told the person myself",
                explains="Nothing is sent again.",
                asks=_settled,
            ),
            Decision(
                number=2,
                action=Action.SEND_AGAIN,
                label="Send it again",
                explains="By every channel, from the first on.",
                before=Preparation.SENT_AGAIN,
                asks=_settled,
            ),
        ),
    ),
)
