"""The laptop's own issuer of tokens, in the place of a company's identity provider.

`python -m workers.issuer serve` publishes its key and hands out tokens to whoever asks, on the
loopback interface only; `python -m workers.issuer token --role expert` prints one. Nobody else
knows of it: the API believes any issuer whose key set it is pointed at.
"""

import argparse
import base64
import json
import sys
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from models.reference.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from workers.stack.environment import AUDIENCE, issuer_url
from workers.stack.home import Home, write_once
from workers.stack.ports import HOST, Ports
from workers.stack.refusal import CannotStart

LIFETIME = 8 * 3600
LARGEST_REQUEST = 10_000
SUBJECTS = {
    "customer": FIRST_CUSTOMER_ID,
    "expert": FIRST_EXPERT_ID,
    "helpdesk": "usr_helpdesk",
    "manager": "usr_manager",
    "admin": "usr_admin",
    "integration": "int_local",
}


@dataclass(frozen=True)
class Issuer:
    """Signs what it is asked to, with a key made once and kept in the home."""

    home: Home
    url: str

    def token(self, role: str, subject: str | None = None) -> str:
        """A token for the role; without a subject, for the best known person who has it."""
        if role not in SUBJECTS:
            raise ValueError(f"unknown role {role!r}: one of {', '.join(SUBJECTS)}")
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject or SUBJECTS[role],
            "role": role,
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWKS."""
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}
        return {"keys": [{**key, "kid": self._key_id, "x": _base64url(self._public)}]}

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        file = self.home.folder("issuer") / "key.pem"
        fresh = Ed25519PrivateKey.generate()
        pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(file, pem)
        kept = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(kept, Ed25519PrivateKey):
            raise CannotStart(f"{file} holds another kind of key: remove it, a new one is made")
        return kept

    @property
    def _public(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def _key_id(self) -> str:
        return _base64url(sha256(self._public).digest()[:12])


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer: Issuer

    def do_GET(self) -> None:
        match self.path:
            case "/.well-known/jwks.json":
                self._answer(HTTPStatus.OK, self.issuer.key_set())
            case "/healthz":
                self._answer(HTTPStatus.OK, {"status": "ok"})
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing here"})

    def do_POST(self) -> None:
        body = self._body()
        if self.path != "/token":
            self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing here"})
            return
        try:
            request = json.loads(body)
            role, subject = request["role"], request.get("subject")
            if not isinstance(subject, str | None):
                raise TypeError("the subject is no text")
            token = self.issuer.token(role, subject)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": f'needs {{"role", "subject"}}: {error}'})
            return
        self._answer(HTTPStatus.OK, {"access_token": token, "expires_in": LIFETIME})

    def _body(self) -> bytes:
        announced = self.headers.get("Content-Length", "")
        length = int(announced) if announced.isdecimal() else 0
        if length > LARGEST_REQUEST:
            self.close_connection = True
            return b""
        return self.rfile.read(length)

    def _answer(self, status: HTTPStatus, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(issuer: Issuer, port: int) -> None:
    """Answer until killed."""
    issuer.key_set()
    desk = type("Desk", (_Desk,), {"issuer": issuer})
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer((HOST, port), desk) as server:
        server.serve_forever()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m workers.issuer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="publish the key set, hand out tokens")
    token = commands.add_parser("token", help="print a token")
    token.add_argument("--role", required=True, choices=SUBJECTS)
    token.add_argument("--subject", help="whose; without it, the first of that role")
    arguments = parser.parse_args()
    try:
        ports = Ports.from_environment()
        issuer = Issuer(Home.from_environment(), issuer_url(ports))
        if arguments.command == "serve":
            serve(issuer, ports.issuer)
        else:
            print(issuer.token(arguments.role, arguments.subject))
    except CannotStart as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
