"""One channel's lane: hands and a queue of its own, so that a slow provider holds up no other."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog

from activities.breaker import PROBE_EVERY, Breaker
from activities.gateways.message import (
    DeliveryUncertain,
    GatewayError,
    GatewayUnavailable,
    MessageGateway,
    OutgoingMessage,
    Receipt,
)
from models.message.notification import MessageChannel
from models.status import PartState, Seen, last_heard
from temporal.failpoints import Failpoint, reached

HANDS = 8
QUEUED = 64
"""How much a lane takes at once while its provider answers quickly."""

QUICKLY = 0.25
"""Seconds. A slower provider gets what there are hands for, and leaves the rest to other relays."""

BEGUN_WITHIN = 20.0
"""Seconds from the lease to its call. What a provider that suddenly hangs keeps in the queue for
longer is not called any more: the lease would end over the call, and another relay make it too."""

log = structlog.get_logger()

Answer = Receipt | GatewayError | None
"""None for a call that was not made, because its turn came too late: its lease brings it back."""


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt at one delivery; `attempt` tells it from a later one of another relay."""

    notification_id: str
    delivery_id: str
    attempt: int
    channel: MessageChannel
    message: OutgoingMessage
    ask_first: bool


class Lane:
    """The gateway of a channel, the hands that call it, and whether it answers at present."""

    def __init__(
        self,
        channel: MessageChannel,
        gateway: MessageGateway,
        begun_within: float = BEGUN_WITHIN,
    ) -> None:
        self.channel = channel
        self._begun_within = begun_within
        self._gateway = gateway
        self._breaker = Breaker()
        self._busy = 0
        self._answers_quickly = False
        self._checking: Future[bool] | None = None
        self._next_check: datetime | None = None
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix=f"delivery-{channel}")

    @property
    def room(self) -> int:
        """How many calls it would take now."""
        return max(0, (QUEUED if self._answers_quickly else HANDS) - self._busy)

    @property
    def is_down(self) -> bool:
        """Whether the provider fails everybody."""
        return self._breaker.is_open

    @property
    def is_checking(self) -> bool:
        """Whether it is being asked if it is there."""
        return self._checking is not None

    def lets_through(self, now: datetime) -> bool:
        """Whether to call; the question counts as the call."""
        return self._breaker.lets_through(now)

    def begin(self, call: Call) -> Future[Answer]:
        """Have the next free hand make a call."""
        self._busy += 1
        return self._hands.submit(self._make, call, time.monotonic() + self._begun_within)

    def heard(self, answer: Answer, now: datetime) -> None:
        """A call has ended, and we know how the provider does."""
        self._busy -= 1
        if answer is None:
            return
        answered = not isinstance(answer, GatewayUnavailable | DeliveryUncertain)
        self._hears(answered=answered, now=now, provider=answer.provider)

    def look_again(self, now: datetime, *, is_doubted: bool = False) -> None:
        """Ask a provider that is down, or of which others say so while we do not know, whether it
        is there, where nothing is being sent that would find out."""
        if (checking := self._checking) is not None:
            if not checking.done():
                return
            self._checking = None
            self._hears(answered=checking.result(), now=now, provider=self.channel)
        if (self.is_down or is_doubted) and not self._busy and self._may_check(now):
            self._checking = self._hands.submit(self._is_there)

    def seen(self) -> Seen:
        """How the channel does, for whoever tells how the house does."""
        return Seen(PartState.AWAY) if self.is_down else last_heard(self._breaker.answered_at)

    def close(self) -> None:
        """Leave what is still being called to itself: its lease brings it back."""
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _hears(self, *, answered: bool, now: datetime, provider: str) -> None:
        was_down = self.is_down
        self._breaker.heard(answered=answered, now=now)
        if self.is_down != was_down:
            event = "provider_down" if self.is_down else "provider_back"
            log.warning(event, channel=self.channel, provider=provider)

    def _may_check(self, now: datetime) -> bool:
        """As seldom as the breaker wants it of one that is down, also before it is held to be."""
        if self.is_down:
            return self.lets_through(now)
        if self._next_check is not None and now < self._next_check:
            return False
        self._next_check = now + PROBE_EVERY
        return True

    def _is_there(self) -> bool:
        try:
            self._gateway.check()
        except GatewayError:
            return False
        except Exception as error:
            log.error("gateway_stumbled", channel=self.channel, error=type(error).__name__)
            return False
        return True

    def _make(self, call: Call, latest: float) -> Answer:
        began = time.monotonic()
        if began > latest:
            return None
        answer = self._asked(call)
        self._answers_quickly = time.monotonic() - began < QUICKLY
        return answer

    def _asked(self, call: Call) -> Receipt | GatewayError:
        try:
            if call.ask_first and (known := self._gateway.find(call.message)):
                return known
            reached(Failpoint.BEFORE_TELL, call.notification_id)
            told = self._gateway.send(call.message)
            reached(Failpoint.AFTER_TELL, call.notification_id)
            return told
        except GatewayError as error:
            return error
        except Exception as error:
            # A bug of the gateway's. Its text may quote the message, so only its kind is told.
            log.error("gateway_stumbled", channel=call.channel, error=type(error).__name__)
            return DeliveryUncertain(call.channel)
