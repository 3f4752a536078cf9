"""Where everything listens, on the loopback interface only."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields

from workers.stack.refusal import CannotStart

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """One port a server; each has its variable."""

    api: int = 8080
    postgres: int = 54329
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
                    f"port {port} is taken and {field.name} wants it: "
                    f"stop what listens there, or set {variable} to a free port"
                )


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


def _variable(name: str) -> str:
    return f"SYSOPS_{name.upper()}_PORT"
