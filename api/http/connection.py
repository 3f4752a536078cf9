"""One connection: what is sent too slowly, or is too large to be a head, ends it."""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_LIMIT = 32 * 1024
"""Bytes of a request's first line and headers."""
SLOWEST = 10.0
"""Seconds for a head from its first byte, and then for each stretch of a body."""
STRETCH = 64 * 1024
"""Bytes of a body that have so long to come: few bodies have more."""
IDLE = 75
"""Seconds that a connection stays open on which nobody says anything. Longer than clients keep one:
else it is closed in the moment it is used again."""
_LINE = len(b": \r\n")
_TOO_LARGE = b"431 Request Header Fields Too Large"
_TOO_SLOW = b"408 Request Timeout"


class Connection(HttpToolsProtocol):
    """As uvicorn serves it, within our limits (docs/api.md, Traces and limits)."""

    slowest, idle = SLOWEST, float(IDLE)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._ends: TimerHandle | None = None
        self._head, self._tail = 0, 0
        """Bytes of the head that is being read, 0 between two; and of its last line, so far."""
        self._body = 0
        """Bytes of the stretch of a body that is being read."""
        self._is_new = self._is_over = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Somebody is there, and may be silent for as long as any other idle connection."""
        super().connection_made(cast("Transport", transport))
        self._end_in(self.idle, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._go_on()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came: a part of a head counts before it is whole."""
        if self._is_over:
            return
        before, self._is_new = self._head, False
        super().data_received(data)
        if self._head:
            more = len(data) - (self._head - before)
            # With what is left of the request before, nobody knows where this one began.
            self._tail = 0 if self._is_new else max(0, self._tail + more)
            if self._head + self._tail > HEAD_LIMIT:
                self._end(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        self._head, self._tail = 1, 0
        self._end_in(self.slowest, _TOO_SLOW)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the first line."""
        self._head += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head."""
        self._head += len(name) + len(value) + _LINE
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; its body has as long again, or each stretch of it."""
        if self._head > HEAD_LIMIT:
            self._end(_TOO_LARGE)
        if self._is_over:
            return
        self._head, self._body = 0, 0
        self._end_in(self.slowest, _TOO_SLOW)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self._is_over:
            return
        self._body += len(body)
        if self._body >= STRETCH:
            self._body = 0
            self._end_in(self.slowest, _TOO_SLOW)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; from now on it is we who take time."""
        if not self._is_over:
            self._go_on()
            self._is_new = True
            super().on_message_complete()

    def _end_in(self, seconds: float, verdict: bytes | None) -> None:
        self._go_on()
        self._ends = self.loop.call_later(seconds, self._end, verdict)

    def _go_on(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _end(self, verdict: bytes | None) -> None:
        """Say why, unless an answer is under way already, and hang up."""
        self._go_on()
        self._is_over = True
        if self.transport.is_closing():
            return
        if verdict and not self._is_answering():
            self.transport.write(
                b"HTTP/1.1 " + verdict + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
        self.transport.close()

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete
