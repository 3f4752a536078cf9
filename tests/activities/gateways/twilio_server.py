"""Twilio's Messages protocol on loopback, for the official SDK, with failures to order."""

import base64
import json
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass(frozen=True)
class Fault:
    """How the server misbehaves once.

    `accepted` messages are kept and listed in spite of the answer. `silence` is seconds without an
    answer. A `status` of 0 closes the connection without one.
    """

    status: int = 500
    code: int | None = None
    retry_after: str | None = None
    body: str | None = None
    accepted: bool = False
    silence: float = 0.0


class TwilioServer:
    """A context manager. `accepted` is what it took, `requests` what it was asked."""

    account_sid = "AC" + "0" * 32
    auth_token = "secret"

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.faults: deque[Fault] = deque()
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *faults: Fault) -> None:
        """The next requests meet these, one each."""
        self.faults.extend(faults)

    def accept(self, to: str, body: str, sender: str) -> dict[str, Any]:
        """Keep a message as if it had been asked for over HTTP."""
        with self.lock:
            message = _resource(self.account_sid, len(self.accepted) + 1, to, body, sender)
            self.accepted.append(message)
        return message

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, twilio: TwilioServer) -> None:
        self.twilio = twilio
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has given up waiting is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = _first(parse_qs(self.rfile.read(length).decode()))
        if self._admitted():
            fault = self._fault()
            sender = form.get("From") or form.get("MessagingServiceSid", "")
            message: object = None
            if fault is None or fault.accepted:
                message = self.server.twilio.accept(form["To"], form["Body"], sender)
            self._misbehave(fault) if fault else self._answer(201, message)

    def do_GET(self) -> None:
        if self._admitted():
            fault = self._fault()
            self._misbehave(fault) if fault else self._answer(200, self._listed())

    def _listed(self) -> dict[str, object]:
        query = _first(parse_qs(urlsplit(self.path).query))
        found = [m for m in self.server.twilio.accepted if m["to"] == query.get("To", m["to"])]
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        shown = found[::-1][page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        query = {**query, "Page": str(page + 1)}
        following = f"{urlsplit(self.path).path}?{urlencode(query)}" if more else None
        return {"messages": shown, "page_size": size, "page": page, "next_page_uri": following}

    def _admitted(self) -> bool:
        twilio = self.server.twilio
        twilio.requests.append(f"{self.command} {urlsplit(self.path).path}")
        token = base64.b64encode(f"{twilio.account_sid}:{twilio.auth_token}".encode()).decode()
        if urlsplit(self.path).path != f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json":
            self._answer(404, _problem(404, 20404))
        elif self.headers.get("Authorization") != f"Basic {token}":
            self._answer(401, _problem(401, 20003))
        else:
            return True
        return False

    def _fault(self) -> Fault | None:
        faults = self.server.twilio.faults
        return faults.popleft() if faults else None

    def _misbehave(self, fault: Fault) -> None:
        if fault.silence:
            self.server.twilio.closing.wait(fault.silence)
        if fault.status == 0:
            self.close_connection = True
            return
        content = fault.body if fault.body is not None else _problem(fault.status, fault.code)
        self._answer(fault.status, content, fault.retry_after)

    def _answer(self, status: int, content: object, retry_after: str | None = None) -> None:
        payload = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def _first(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[0] for name, values in fields.items()}


def _problem(status: int, code: int | None) -> dict[str, object]:
    # Twilio's own texts quote the number: that is why ours must not quote theirs.
    return {
        "status": status,
        "code": code or status,
        "message": "The 'To' number +15005550100 is not to our liking",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
    }


def _resource(account: str, count: int, to: str, body: str, sender: str) -> dict[str, Any]:
    sid = f"SM{count:032x}"
    return {
        "sid": sid,
        "account_sid": account,
        "to": to,
        "from": sender,
        "body": body,
        "status": "queued",
        "direction": "outbound-api",
        "date_created": "Thu, 05 Mar 2026 09:00:00 +0000",
        "date_updated": "Thu, 05 Mar 2026 09:00:00 +0000",
        "date_sent": None,
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "error_message": None,
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
        "subresource_uris": {},
    }
