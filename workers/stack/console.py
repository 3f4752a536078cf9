"""What the person at the keyboard sees of the stack: one line a fact, with the time since start."""

import contextlib
import time


class Console:
    """Lines such as `[ 1.2s] postgres   ready on 127.0.0.1:15432`."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def say(self, subject: str, fact: str) -> None:
        """One line; a reader who has gone is no reason to stop the servers."""
        elapsed = time.monotonic() - self._started
        with contextlib.suppress(OSError, ValueError):
            print(f"[{elapsed:5.1f}s] {subject:<10} {fact}", flush=True)
