"""The relay's thread: deliver what is due, then wait for the bell."""

import threading

import structlog

from activities.delivery import Delivery
from models.db.bell import Bell
from models.db.repositories.notifications import WAKE_CHANNEL

LONGEST_PAUSE = 5.0
"""Seconds between two looks when nothing rings: what a lost ring costs at most."""

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
        """Stop after what is being sent; takes up to the longest pause."""
        self._stopping.set()
        self._thread.join(timeout=LONGEST_PAUSE + 10)
        self._delivery.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._delivery.deliver_due():
                    self._bell.wait(self._delivery.pause(LONGEST_PAUSE))
            except Exception as error:
                # The database is away, or a bug: neither may end the relay.
                log.exception("relay_stumbled", error=type(error).__name__)
                self._stopping.wait(1.0)
        self._bell.close()
