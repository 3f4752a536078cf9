"""The relay: deliver what is due, then wait for the bell."""

import threading
import time
from collections.abc import Callable

import structlog

from activities.message.delivery import Delivery
from models.db.bell import Bell
from models.db.effect import WAKE_CHANNEL
from models.db.engine import Database

LONGEST_PAUSE = 5.0
"""Seconds between two looks when nothing rings: what a lost ring costs at most."""

GATHERING = 0.4
"""Seconds from one look at the news to the next: the more comes together, the less a piece costs,
and an urgent one is still told within a second."""

NAP = 0.5
"""Seconds after which a resting relay notices that it is to stop."""

AFTER_A_STUMBLE = 1.0

log = structlog.get_logger()


class Relay:
    """A thread that delivers notifications until it is stopped."""

    def __init__(self, delivery: Delivery, database_url: str) -> None:
        self._delivery = delivery
        self._bell = Bell(database_url, WAKE_CHANNEL)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after what is being sent."""
        self._stopping.set()
        self._thread.join(timeout=6)

    def _run(self) -> None:
        # Whoever asks the database whether we listen hears so before the first news is told.
        self._bell.wait(0)
        while not self._stopping.is_set():
            self._attempt(self._work)
        self._bell.close()
        self._attempt(self._delivery.close)

    def _work(self) -> None:
        """Take up the news and deliver it, then rest: until the bell, and until other news had
        time to gather. What is told into the quiet is delivered at once."""
        gathered = time.monotonic() + GATHERING
        self._delivery.tell()
        self._delivery.take_up()
        while self._delivery.deliver_due():
            if time.monotonic() > gathered or self._stopping.is_set():
                return
        self._rest(self._delivery.pause(LONGEST_PAUSE))
        self._stopping.wait(max(0.0, gathered - time.monotonic()))

    def _attempt(self, step: Callable[[], None]) -> None:
        """The database may be away, or there is a bug: neither may end the relay."""
        try:
            step()
        except Exception as error:
            if Database.is_outage(error):
                log.warning("relay_waits_for_database", error=type(error).__name__)
            else:
                log.exception("relay_stumbled", error=type(error).__name__)
            self._stopping.wait(AFTER_A_STUMBLE)

    def _rest(self, seconds: float) -> None:
        """Until the bell, the end of the pause, or the end of the relay."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.is_set():
            if self._bell.wait(min(left, NAP)):
                return
