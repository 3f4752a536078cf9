"""Ports nobody listens on."""

import socket
from contextlib import suppress
from random import SystemRandom

CHANCE = SystemRandom()


def free_port() -> int:
    """A port that was free a moment ago, and that the kernel gives to no outgoing connection before
    somebody listens there."""
    for _ in range(100):
        port = CHANCE.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")
