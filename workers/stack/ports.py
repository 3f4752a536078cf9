"""Where everything listens, on the loopback interface only."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from workers.stack.refusal import CannotStart

HOST = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_CONNECTIONS = Path("/proc/net/tcp")


@dataclass(frozen=True)
class Ports:
    """One port a server; each has its variable."""

    api: int = 8080
    postgres: int = 15432
    temporal: int = 7233
    ui: int = 8233
    issuer: int = 8081
    desk: int = 8088

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        """The defaults, or what SYSOPS_<NAME>_PORT says."""
        chosen = {}
        for field in fields(cls):
            variable = _variable(field.name)
            text = environment.get(variable)
            if not text:
                continue
            if not text.isdecimal() or not 0 < int(text) < 65536:
                raise CannotStart(f"{variable} is no port: {text!r}; give a number from 1 to 65535")
            chosen[field.name] = int(text)
        return cls(**chosen)

    def ensure_free(self) -> None:
        """Refuse to start while somebody else listens where we want to."""
        wanted: dict[int, str] = {}
        for field in fields(self):
            port: int = getattr(self, field.name)
            variable = _variable(field.name)
            if port in wanted:
                raise CannotStart(
                    f"port {port} is wanted twice, by {wanted[port]} and by {field.name}: "
                    f"set {variable} to another one"
                )
            wanted[port] = field.name
            if not is_free(port):
                raise CannotStart(
                    f"port {port} is taken and {field.name} wants it: {_why(port, variable)}"
                )

    def remarks(self) -> list[str]:
        """A line for each port that may be lost to an outgoing connection before it is ours."""
        first, last = outgoing()
        return [
            f"port {port} of {field.name} is one of those the kernel gives to outgoing connections "
            f"({first} to {last}): whoever asks there in vain may be connected to itself and keep "
            f"it; set {_variable(field.name)} to one outside"
            for field in fields(self)
            if first <= (port := getattr(self, field.name)) <= last
        ]


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As the servers do: a port whose last connections linger is free all the same.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def outgoing() -> tuple[int, int]:
    """The first and the last port that the kernel gives to outgoing connections."""
    try:
        first, last = _RANGE.read_text(encoding="ascii").split()
    except OSError:
        return 0, -1
    return int(first), int(last)


def is_connected_to_itself(port: int) -> bool:
    """Whether a connection of this machine has the port at both of its ends."""
    try:
        lines = _CONNECTIONS.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return False
    ends = (line.split()[1:3] for line in lines)
    return any(here == there and int(here.rpartition(":")[2], 16) == port for here, there in ends)


def _why(port: int, variable: str) -> str:
    if is_connected_to_itself(port):
        return (
            "a program that asked there in vain was connected to itself; end it "
            f"(ss -tnp sport = :{port}), or set {variable} to a port that no outgoing connection "
            "gets"
        )
    return f"stop what listens there, or set {variable} to a free port"


def _variable(name: str) -> str:
    return f"SYSOPS_{name.upper()}_PORT"
