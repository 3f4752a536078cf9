"""A gateway to put between a relay and a real one."""

from activities.gateways.message import MessageGateway, OutgoingMessage, Receipt


class Wrapped:
    """A gateway with something that happens around its calls."""

    def __init__(self, inner: MessageGateway) -> None:
        self._inner = inner

    def send(self, message: OutgoingMessage) -> Receipt:
        return self._inner.send(message)

    def find(self, message: OutgoingMessage) -> Receipt | None:
        return self._inner.find(message)

    def check(self) -> None:
        self._inner.check()
