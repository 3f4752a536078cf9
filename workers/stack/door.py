"""The socket that several processes accept from: it is ours, and stays open whoever dies.

One queue for all of them: who is frozen, or leaves, takes none of it along, and who comes while
nobody is there waits instead of being refused (docs/decisions/0035-one-socket-for-several.md).
"""

import socket

from workers.stack.ports import HOST

WAITING = 1024
"""Connections that may wait for somebody who accepts them."""


class Door:
    """Sockets that listen from the moment they are made until they are closed."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []

    def at(self, port: int) -> int:
        """Listen at a port; 0 is any that is free. Answers the socket's number."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(WAITING)
        self._open.append(listening)
        return listening.fileno()

    def port_of(self, number: int) -> int:
        """The port that a socket of ours listens at."""
        [port] = [s.getsockname()[1] for s in self._open if s.fileno() == number]
        return int(port)

    def close(self) -> None:
        """Refuse whoever comes from now on."""
        for listening in self._open:
            listening.close()
        self._open.clear()
