"""One channel's lane: so many hands of its own that a slow provider holds up no other."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog

from activities.breaker import Breaker
from activities.gateways.message import (
    DeliveryUncertain,
    GatewayError,
    GatewayUnavailable,
    MessageGateway,
    OutgoingMessage,
    Receipt,
)
from models.notification import MessageChannel

HANDS = 8

log = structlog.get_logger()


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

    def __init__(self, channel: MessageChannel, gateway: MessageGateway) -> None:
        self.channel = channel
        self._gateway = gateway
        self._breaker = Breaker()
        self._busy = 0
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix=f"delivery-{channel}")

    @property
    def free_hands(self) -> int:
        """How many calls could begin at once."""
        return HANDS - self._busy

    @property
    def is_down(self) -> bool:
        """Whether the provider fails everybody."""
        return self._breaker.is_open

    def lets_through(self, now: datetime) -> bool:
        """Whether to call; the question counts as the call."""
        return self._breaker.lets_through(now)

    def begin(self, call: Call) -> "Future[Receipt | GatewayError]":
        """Have a free hand make a call."""
        self._busy += 1
        return self._hands.submit(self._make, call)

    def heard(self, outcome: Receipt | GatewayError, now: datetime) -> None:
        """A hand is free again, and we know how the provider does."""
        self._busy -= 1
        was_down = self.is_down
        answered = not isinstance(outcome, GatewayUnavailable | DeliveryUncertain)
        self._breaker.heard(answered=answered, now=now)
        if self.is_down != was_down:
            event = "provider_down" if self.is_down else "provider_back"
            log.warning(event, channel=self.channel, provider=outcome.provider)

    def close(self) -> None:
        """Leave what is still being called to itself: its lease brings it back."""
        self._hands.shutdown(wait=False, cancel_futures=True)

    def _make(self, call: Call) -> Receipt | GatewayError:
        try:
            if call.ask_first and (known := self._gateway.find(call.message)):
                return known
            return self._gateway.send(call.message)
        except GatewayError as error:
            return error
        except Exception as error:
            # A bug of the gateway's. Its text may quote the message, so only its kind is told.
            log.error("gateway_stumbled", channel=call.channel, error=type(error).__name__)
            return DeliveryUncertain(call.channel)
