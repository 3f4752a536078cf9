"""What follows when a channel did not take a message: the same again, another, or nothing
(docs/rules/messages.md, When a channel fails).

A provider that is away for a moment is asked again; one that stays away, or refuses, is passed over
for the next channel. When every channel was tried they take turns until one is back: an outage of
all providers for a day loses nothing. Refusals are never asked again.
"""

from collections.abc import Sequence
from datetime import timedelta

from models.base import Value
from models.message.notification import MessageChannel

QUICK_TRIES = 3
"""How often a channel is tried before the next one has its first try."""

QUICK_WAIT = timedelta(seconds=10)
"""A channel that asks for more than this is passed over, while there is another."""

FIRST_WAIT = timedelta(seconds=1)
WAIT_FACTOR = 4
LONGEST_WAIT = timedelta(seconds=15)
GIVE_UP_AFTER = timedelta(hours=24)
AT_ONCE = timedelta(0)


class Tried(Value):
    """How far one channel was tried; `refused` is for good."""

    channel: MessageChannel
    attempts: int
    refused: bool


class NextTry(Value):
    """The channel that is tried next, and how long to wait before."""

    channel: MessageChannel
    wait: timedelta


def next_try(
    tried: Sequence[Tried],
    failed: MessageChannel,
    channels: Sequence[MessageChannel],
    *,
    age: timedelta,
    asked_to_wait: timedelta = AT_ONCE,
    is_down: bool = False,
) -> NextTry | None:
    """What to try after a failure, or None when nobody is left to try.

    Args:
        tried: every channel tried so far, in the order of their first tries.
        failed: the one of them that has just failed.
        channels: how the recipient can be reached, their favourite first.
        age: since when the message waits.
        asked_to_wait: what the provider asked for.
        is_down: the provider fails everybody, so that a quick try is in vain.
    """
    known = {t.channel: t for t in tried}
    last = known[failed]
    pause = LONGEST_WAIT if is_down else _wait(last)
    again = NextTry(channel=failed, wait=max(pause, asked_to_wait))
    untried = [c for c in channels if c not in known]
    hurry = last.refused or is_down or last.attempts >= QUICK_TRIES
    if untried:
        pass_over = hurry or again.wait > QUICK_WAIT
        return NextTry(channel=untried[0], wait=AT_ONCE) if pass_over else again
    if age > GIVE_UP_AFTER:
        return None
    if not hurry:
        return again
    place = list(known).index(failed)
    in_turn = (*tried[place + 1 :], *tried[: place + 1])
    turn = next((t for t in in_turn if not t.refused and t.channel in channels), None)
    if turn is None or turn is last:
        return None if turn is None else again
    return NextTry(channel=turn.channel, wait=_wait(turn))


def _wait(tried: Tried) -> timedelta:
    factor: int = WAIT_FACTOR ** max(min(tried.attempts, QUICK_TRIES) - 1, 0)
    return min(LONGEST_WAIT, FIRST_WAIT * factor)
