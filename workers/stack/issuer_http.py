"""The issuer over HTTP: an OpenID provider for the desk, tokens for curl."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from workers.stack.issuer_key import LIFETIME, Issuer
from workers.stack.issuer_login import CannotLogIn, Logins
from workers.stack.ports import HOST

LARGEST_REQUEST = 10_000


class _Counter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer: Issuer
    logins: Logins

    def do_GET(self) -> None:
        match urlsplit(self.path).path:
            case "/.well-known/jwks.json":
                self._answer(HTTPStatus.OK, self.issuer.key_set())
            case "/.well-known/openid-configuration":
                self._answer(HTTPStatus.OK, self.issuer.description())
            case "/authorize":
                self._ask_who()
            case "/healthz":
                self._answer(HTTPStatus.OK, {"status": "ok"})
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing here"})

    def do_POST(self) -> None:
        body = self._body()
        match self.path:
            case "/authorize":
                self._send_back(_form(body))
            case "/token" if "form" in self.headers.get("Content-Type", ""):
                self._exchange(_form(body))
            case "/token":
                self._hand_out(body)
            case _:
                self._answer(HTTPStatus.NOT_FOUND, {"error": "nothing here"})

    def _ask_who(self) -> None:
        try:
            page = self.logins.page(dict(parse_qsl(urlsplit(self.path).query)))
        except CannotLogIn as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self._send(HTTPStatus.OK, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _send_back(self, asked: dict[str, str]) -> None:
        try:
            address = self.logins.pick(asked)
        except CannotLogIn as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
            return
        self._send(HTTPStatus.SEE_OTHER, b"", {"Location": address})

    def _exchange(self, sent: dict[str, str]) -> None:
        if sent.get("grant_type") != "authorization_code":
            self._answer(HTTPStatus.BAD_REQUEST, {"error": "unsupported_grant_type"})
            return
        try:
            login = self.logins.exchange(sent)
        except CannotLogIn as error:
            refusal = {"error": "invalid_grant", "error_description": str(error)}
            self._answer(HTTPStatus.BAD_REQUEST, refusal)
            return
        tokens = {
            "access_token": self.issuer.token(login.person.role, login.person.id),
            "id_token": self.issuer.id_token(login),
            "token_type": "Bearer",
            "expires_in": LIFETIME,
        }
        self._answer(HTTPStatus.OK, tokens)

    def _hand_out(self, body: bytes) -> None:
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
        self._send(status, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _send(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        fixed = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
        for name, value in {**fixed, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def serve(issuer: Issuer, logins: Logins, port: int) -> None:
    """Answer until killed."""
    issuer.key_set()
    counter = type("Counter", (_Counter,), {"issuer": issuer, "logins": logins})
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer((HOST, port), counter) as server:
        server.serve_forever()
