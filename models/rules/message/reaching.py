"""By which ways somebody is reached, and in which order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from models.message.notification import MessageChannel, Stop


class Reach(StrEnum):
    """How a text goes out: as its reader likes it; beside the app by SMS, while that is to be had;
    or, where they did not answer, by the next way."""

    PREFERRED = "preferred"
    SMS_FIRST = "sms_first"
    ANOTHER_WAY = "another_way"


ASKS_TO_ACKNOWLEDGE = (
    "proposal.selected",
    "expert.assigned",
    "assignment.resent",
    "assignment.reminder",
)
"""What of a visit waits for its expert's answer: the way of the last is the one that did not bring
it."""


def in_order(
    preferred: Sequence[str], reach: Reach, last: MessageChannel | None = None
) -> list[MessageChannel]:
    """Every channel, in the order in which it is tried. `last` is the one over which the same was
    told before; without it, the one that its reader likes best counts as that."""
    named = [MessageChannel(c) for c in preferred if c in set(MessageChannel)]
    order = [*named, *(c for c in MessageChannel if c not in named)]
    match reach:
        case Reach.PREFERRED:
            return order
        case Reach.SMS_FIRST:
            return sorted(order, key=lambda channel: channel is not MessageChannel.SMS)
        case Reach.ANOTHER_WAY:
            following = order.index(last or order[0]) + 1
            return [*order[following:], *order[:following]]
    assert_never(reach)


def has_stopped(
    opted_out: Mapping[str, Mapping[str, str]], channel: MessageChannel, address: str
) -> bool:
    """Whether somebody answered STOP from an address: from another that their file names now, they
    did not."""
    stop = opted_out.get(channel)
    return stop is not None and stop["address"] == address


def stops_of(
    opted_out: Mapping[str, Mapping[str, str]], addresses: Mapping[MessageChannel, str]
) -> tuple[Stop, ...]:
    """Over what somebody wants to be told nothing, at the addresses that they have now."""
    return tuple(
        Stop(channel=channel, since=datetime.fromisoformat(opted_out[channel]["since"]))
        for channel, address in addresses.items()
        if has_stopped(opted_out, channel, address)
    )
