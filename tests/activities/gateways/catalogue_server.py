"""A catalogue that another system keeps, on a port of this test's own; it can misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CatalogueServer:
    """What it answers, and how often it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.models: list[dict[str, object]] = []
        self.status = 200
        self.raw: bytes | None = None
        self.drips = False
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.asked: list[str] = []

    def has(self, model_id: str, category: str = "oven", **more: object) -> None:
        """From now on it names a model."""
        named = {"id": model_id, "brand": "Grundig", "designation": model_id[4:].upper()}
        self.models.append({**named, "category": category, **more})


@contextmanager
def catalogue_server(port: int = 0) -> Iterator[CatalogueServer]:
    """Until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            catalogue.asked.append(self.path)
            if catalogue.hangs.is_set():
                catalogue.released.wait(30)
                return
            body = catalogue.raw
            if body is None:
                body = json.dumps({"models": catalogue.models, "version": 7}).encode()
            try:
                self._say(body)
            except ConnectionError:
                # Whoever asked had heard enough.
                self.close_connection = True

        def _say(self, body: bytes) -> None:
            self.send_response(catalogue.status)
            if catalogue.status == 302:
                self.send_header("Location", "/elsewhere/models")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not catalogue.drips:
                self.wfile.write(body)
                return
            for octet in body:
                self.wfile.write(bytes([octet]))
                self.wfile.flush()
                if catalogue.released.wait(0.3):
                    return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    catalogue = CatalogueServer(f"http://127.0.0.1:{server.server_address[1]}")
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    try:
        yield catalogue
    finally:
        catalogue.released.set()
        server.shutdown()
        serving.join()
        server.server_close()
