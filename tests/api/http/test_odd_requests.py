"""What no description of the API leads to: odd ids, headers, cursors and bytes."""

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest

from api.http.paging import encode_cursor
from api.http.policy import policies
from tests.house import House
from tests.issuing import SUBJECTS

ODD_IDS = {
    "NUL": "%00",
    "an id and NUL": f"tkt_{uuid.uuid4()}%00",
    "an id and a line": f"tkt_{uuid.uuid4()}%0A",
    "upper case": f"TKT_{uuid.uuid4()}",
    "dots": "..",
    "encoded dots": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "a broken escape": "%zz",
    "half a character": "%ff%fe",
    "a surrogate": "%ed%a0%80",
    "a unicorn": "%F0%9F%A6%84",
    "quotes": "'%20or%201=1;--",
    "a format": "%25s%25n{0}",
    "a space": "%20",
    "a workflow's id": f"ticket-{uuid.uuid4()}",
    "a book": "t" * 10_000,
}


@pytest.mark.parametrize("odd", ODD_IDS)
async def test_an_odd_id_names_nothing(house: House, odd: str) -> None:
    app = house.app
    declared = policies(app)
    for name, operation in operations(app.openapi()):
        method, _, path = name.partition(" ")
        parameters = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
        if not parameters or (name, odd) == ("GET /v1/visits/{visit_id}/files", "dots"):
            continue  # Or it is another address, which is there.
        url = path.format(**dict.fromkeys(parameters, ODD_IDS[odd]))
        policy = declared[name]
        assert policy is not None
        role = min(policy.roles)
        answer = await house.http.request(
            method, url, json={}, headers=house.headers(role, SUBJECTS[role])
        )
        assert 400 <= answer.status_code < 500, (name, answer.text)
        assert answer.headers["content-type"] == "application/problem+json", (name, answer.text)
        assert len(answer.content) < 4000, name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Idempotency-Key", b"k" * 100_000),
        ("Idempotency-Key", "ключ".encode()),
        ("Idempotency-Key", b"\xff\xfe"),
        ("Idempotency-Key", b"tab\there"),
        ("Authorization", b"Bearer " + b"x" * 100_000),
        ("Authorization", "Bearer ключ".encode()),
        ("Authorization", b"Bearer"),
        ("X-Request-Id", b"\xff" * 10),
        ("X-Request-Id", b"x" * 100_000),
        ("traceparent", b"00-" + b"\xff" * 32 + b"-01"),
        ("Content-Type", b"application/json; charset=\xff"),
        ("Content-Type", b"application/json;" * 2000),
        ("Content-Length", b"-1"),
        ("Content-Length", b"99999999999999999999999"),
        ("Content-Encoding", b"gzip"),
        ("Transfer-Encoding", b"gzip, chunked"),
        ("Host", b"\xff\xff"),
        ("Cookie", b"\xff=\xff; ;;=="),
        ("Accept", b"\xff/*"),
        ("If-Match", b'"' * 5000),
        ("Expect", b"something"),
        ("Upgrade", b"websocket"),
    ],
)
async def test_an_odd_header_is_refused_or_ignored(house: House, name: str, value: bytes) -> None:
    content = json.dumps({"description": "It hums.", "slots_later": True}).encode()
    headers = {
        b"Host": b"127.0.0.1",
        b"Content-Type": b"application/json",
        b"Content-Length": str(len(content)).encode(),
        b"Connection": b"close",
        **{k.encode(): v.encode() for k, v in house.headers("customer").items()},
        name.encode(): value,
    }
    if name == "Transfer-Encoding":
        del headers[b"Content-Length"]
    answer = await raw(house, b"POST /v1/tickets HTTP/1.1", headers, content)
    assert 200 <= status_of(answer) < 500, answer[:500]


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/tickets/\xff\xfe HTTP/1.1",
        "GET /v1/tickets/тикет HTTP/1.1".encode(),
        b"GET /v1/tickets/\x00 HTTP/1.1",
        b"GET /v1/tickets?cursor=\xff HTTP/1.1",
        b"GET /v1/tickets?limit=1&limit=2&limit=x HTTP/1.1",
        b"GET /v1/tickets?&&&=&=&limit HTTP/1.1",
        b"GET /v1/tickets?%00=%00 HTTP/1.1",
        b"GET //v1//tickets HTTP/1.1",
        b"GET http://elsewhere.example/v1/tickets HTTP/1.1",
        b"GET * HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET /v1/tickets/../../../etc/passwd HTTP/1.1",
        b"GET /v1/tickets?" + b"a" * 70_000 + b" HTTP/1.1",
        b"get /v1/tickets HTTP/1.1",
        b"GET /v1/tickets HTTP/9.9",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
)
async def test_an_odd_request_is_refused(house: House, line: bytes) -> None:
    headers = {b"Host": b"127.0.0.1", b"Connection": b"close"}
    answer = await raw(house, line, headers, b"")
    assert not answer or 300 <= status_of(answer) < 500, answer[:500]


async def raw(house: House, line: bytes, headers: Mapping[bytes, bytes], content: bytes) -> bytes:
    """What the server says to bytes that no client would send."""
    url = httpx2.URL(str(house.http.base_url))
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = b"\r\n".join([line, *(k + b": " + v for k, v in headers.items())])
    try:
        writer.write(head + b"\r\n\r\n" + content)
        await writer.drain()
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 400


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_no_odd_cursor_breaks_a_list(house: House) -> None:
    parts = ["", "\x00", "\ud800", "\u202e", "9" * 300, "2026-11-21T00:00:00+00:00", "-infinity"]
    filed = await house.file()
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    named = {
        "ticket_id": filed,
        "visit_id": visit["id"],
        "expert_id": SUBJECTS["expert"],
        "key": "fee_raise",
    }
    lists = [
        (method.partition(" ")[2], [p["name"] for p in operation.get("parameters", [])])
        for method, operation in operations(house.app.openapi())
        if method.startswith("GET ")
    ]
    for path in [path for path, parameters in lists if "cursor" in parameters]:
        for one in parts:
            for cursor in (
                encode_cursor(one),
                encode_cursor(one, "x"),
                encode_cursor(parts[5], one),
            ):
                for who in ("customer", "expert", "helpdesk"):
                    answer = await house.http.get(
                        path.format(**named),
                        params={
                            "cursor": cursor[:400],
                            **({"ticket_id": filed} if path == "/v1/notifications" else {}),
                        },
                        headers=house.headers(who),
                    )
                    assert answer.status_code in (200, 400, 403, 404), (path, one, answer.text)
