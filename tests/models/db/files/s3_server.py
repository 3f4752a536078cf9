"""The few words of Amazon S3 that we use, on loopback, with signatures verified and failures to
order."""

import hashlib
import hmac
import re
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

BUCKET, ACCESS_KEY, SECRET_KEY, REGION = "proofs", "AKIDEXAMPLE", "s3cr3t/of+ours", "eu-central-1"
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/([0-9]{8}/[^/]+/s3/aws4_request), ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)

_KEY = re.compile("<Key>([^<]+)</Key>")


@dataclass(frozen=True)
class Fault:
    """How the server misbehaves once. What it `kept` it keeps in spite of the answer; a `status` of
    0 closes the connection without one, and `silence` is seconds before either."""

    status: int = 503
    kept: bool = False
    silence: float = 0.0


class S3Server:
    """A context manager: one bucket, and what is in it, by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str | None] = {}
        self.requests: list[str] = []
        self.faults: deque[Fault] = deque()
        self.closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *faults: Fault) -> None:
        """The next requests meet these, one each."""
        self.faults.extend(faults)

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

    def __init__(self, s3: S3Server) -> None:
        self.s3 = s3
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has given up waiting is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_PUT(self) -> None:
        s3, content = self.server.s3, self.rfile.read(int(self.headers["Content-Length"]))
        key = self._admitted(content)
        if key is None:
            return
        fault = s3.faults.popleft() if s3.faults else None
        if fault is None or fault.kept:
            s3.objects[key], s3.types[key] = content, self.headers["Content-Type"]
        self._misbehave(fault) if fault else self._answer(200)

    def do_GET(self) -> None:
        s3, key = self.server.s3, self._admitted(b"")
        if key is None:
            return
        fault = s3.faults.popleft() if s3.faults else None
        if fault is not None:
            self._misbehave(fault)
        elif key in s3.objects:
            self._answer(200, s3.objects[key])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_POST(self) -> None:
        """A list of what is to be deleted; of what is not there S3 says the same."""
        s3, content = self.server.s3, self.rfile.read(int(self.headers["Content-Length"]))
        if self._admitted(content) is None:
            return
        if s3.faults:
            self._misbehave(s3.faults.popleft())
            return
        keys = _KEY.findall(content.decode())
        for key in keys:
            s3.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    def _admitted(self, content: bytes) -> str | None:
        """The key that is asked for by somebody whom the bucket is for."""
        self.server.s3.requests.append(f"{self.command} {self.path}")
        if not signed_by_us(self.command, self.path, dict(self.headers.items()), content):
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            return None
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if bucket != BUCKET:
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
            return None
        return key

    def _misbehave(self, fault: Fault) -> None:
        if fault.silence:
            self.server.s3.closing.wait(fault.silence)
        if fault.status == 0:
            self.close_connection = True
            return
        self._answer(fault.status, b"<Error><Code>SlowDown</Code></Error>")

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.md5(content).hexdigest()}"')  # noqa: S324
        self.send_header("Last-Modified", "Thu, 05 Mar 2026 09:00:00 GMT")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def signed_by_us(method: str, path: str, headers: dict[str, str], content: bytes) -> bool:
    """Whether a request is signed with our secret, its bytes included (Signature Version 4)."""
    named = {name.lower(): value.strip() for name, value in headers.items()}
    signed = _SIGNED.fullmatch(named.get("authorization", ""))
    if signed is None or signed[1] != ACCESS_KEY:
        return False
    digest = hashlib.sha256(content).hexdigest()
    if named.get("x-amz-content-sha256") != digest or f"/{REGION}/" not in signed[2]:
        return False
    url = urlsplit(path)
    canonical = "\n".join(
        (
            *(method, quote(unquote(url.path), safe="/-_.~"), _query(url.query)),
            *(f"{name}:{named.get(name, '')}" for name in signed[3].split(";")),
            *("", signed[3], digest),
        )
    )
    scope = signed[2]
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    whole = hashlib.sha256(canonical.encode()).hexdigest()
    said = "\n".join(("AWS4-HMAC-SHA256", named.get("x-amz-date", ""), scope, whole))
    return hmac.compare_digest(hmac.new(key, said.encode(), "sha256").hexdigest(), signed[4])


def _query(said: str) -> str:
    """A word without a value is signed as one that has none."""
    return f"{said}=" if said and "=" not in said else said
