"""Asking an API whose stores may be away: it answers, or says that it cannot."""

import asyncio
import time
import uuid
from typing import Any

import httpx2

from tests.house import FRIDGE, REFERENCE, House, days
from tests.issuing import SUBJECTS
from tests.town import wondering

BYSTANDER = next(e for e in REFERENCE.experts if e.zone == "sydney")
"""What they do to their own calendar is in nobody's way."""

NOWHERE = "00000000-0000-7000-8000-000000000000"


async def ask(
    house: House, http: httpx2.AsyncClient, who: str, method: str, path: str, body: Any = None
) -> tuple[httpx2.Response, float]:
    """The answer of a replica, and how long it took."""
    role, _, subject = who.partition(":")
    headers = house.headers(role, subject or None)
    began = time.monotonic()
    answer = await http.request(method, f"/v1{path}", json=body, headers=headers)
    return answer, time.monotonic() - began


async def file(
    house: House, http: httpx2.AsyncClient, key: str | None = None
) -> tuple[httpx2.Response, float]:
    body = {"description": "It hums.", "model_id": FRIDGE, "slots": days(29, 2)}
    headers = {**house.headers("customer"), "Idempotency-Key": key or str(uuid.uuid4())}
    began = time.monotonic()
    answer = await http.post("/v1/tickets", json=body, headers=headers)
    return answer, time.monotonic() - began


def honest(answer: httpx2.Response) -> None:
    """Answered, refused, or told to come back; never broken."""
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"].endswith(("-unavailable", "-late", "-busy"))
    else:
        assert answer.status_code < 500, answer.text


async def everything(house: House, http: httpx2.AsyncClient, ids: dict[str, str]) -> int:
    """Every operation there is, as somebody who may, but for what would change what others of the
    house are told afterwards; how many could not be answered now."""
    ids = {"token": "x.y", "code": "not-found", "urgency": "normal", "name": "match_hold", **ids}
    ids |= {"sha256": "0" * 64, "article_id": f"art_{NOWHERE}"}
    ids = {"key": "fee_raise", **ids}
    document = house.app.openapi()
    schemas = document["components"]["schemas"]
    calls = [
        (method.upper(), path.format(**ids).removeprefix("/v1"), who, _shown(operation, schemas))
        for path, methods in document["paths"].items()
        if path.startswith("/v1")
        for method, operation in methods.items()
        for who in ("customer", f"expert:{BYSTANDER.id}", "helpdesk", "admin")
        if not (method == "put" and (who == "admin" or path.endswith("/preferences")))
    ]
    answers = await asyncio.gather(
        *(ask(house, http, who, method, path, body) for method, path, who, body in calls)
    )
    for answer, _ in answers:
        honest(answer)
    return sum(answer.status_code == 503 for answer, _ in answers)


def _shown(operation: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The body that the description shows."""
    for media in filter(None, operation.get("requestBody", {}).get("content", {}).values()):
        [named, *_] = media["schema"].get("anyOf", [media["schema"]])
        return schemas[named["$ref"].rpartition("/")[2]]["examples"][0]
    return None


async def ids_of(house: House, filed: str) -> dict[str, str]:
    [visit] = (await house.until(filed, "MATCHING"))["visits"]
    return {
        "ticket_id": filed,
        "visit_id": visit["id"],
        "group_id": visit["group_id"],
        "proposal_id": f"prp_{NOWHERE}",
        "expert_id": SUBJECTS["expert"],
        "off_id": f"off_{NOWHERE}",
        "stop_id": f"stp_{NOWHERE}",
        "refused_id": f"rfr_{NOWHERE}",
        "escalation_id": await wondering(house, filed),
        "customer_id": f"cus_{uuid.uuid4()}",
        "skill": "networking",
    }
