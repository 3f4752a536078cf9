"""Accounts that another system keeps, on a port of this test's own; it can misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class AccountsServer:
    """What it answers, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.plans: dict[str, list[dict[str, Any]]] = {}
        self.status = 200
        self.raw: bytes | None = None
        self.drips = False
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.asked = 0
        self.meanwhile: Callable[[], object] = lambda: None
        """Done while whoever asks waits."""

    def pays(self, customer_id: str, plan: str, until: str, status: str = "ACTIVE") -> None:
        """From now on a customer holds a plan."""
        held = {"plan_id": plan, "status": status, "paid_until": until}
        self.plans.setdefault(customer_id, []).append(held)


@contextmanager
def accounts_server(port: int = 0) -> Iterator[AccountsServer]:
    """Until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            accounts.asked += 1
            accounts.meanwhile()
            if accounts.hangs.is_set():
                accounts.released.wait(30)
                return
            customer = self.path.split("/")[2]
            body = accounts.raw
            if body is None:
                body = json.dumps({"plans": accounts.plans.get(customer, [])}).encode()
            self.send_response(accounts.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if accounts.drips:
                for octet in body:
                    self.wfile.write(bytes([octet]))
                    self.wfile.flush()
                    if accounts.released.wait(0.3):
                        return
                return
            with suppress(ConnectionError):
                # Whoever asked has given it up.
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    accounts = AccountsServer(f"http://127.0.0.1:{server.server_address[1]}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield accounts
    finally:
        accounts.released.set()
        server.shutdown()
        serving.join()
        server.server_close()
