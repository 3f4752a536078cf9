"""While the house is spared, what can wait is told to wait, and all else goes on."""

from typing import Any

import httpx2

from api.http.degraded import WAITS
from api.http.policy import policies
from models.actor import Role
from tests.api.http.operations import NOWHERE
from tests.house import House
from tests.refusals import refused

IDS = {
    "ticket_id": f"tkt_{NOWHERE}",
    "visit_id": f"vis_{NOWHERE}",
    "group_id": f"grp_{NOWHERE}",
    "proposal_id": f"prp_{NOWHERE}",
    "escalation_id": f"esc_{NOWHERE}",
    "expert_id": f"exp_{NOWHERE}",
    "customer_id": f"cus_{NOWHERE}",
    "article_id": f"art_{NOWHERE}",
    "off_id": f"off_{NOWHERE}",
    "stop_id": f"stp_{NOWHERE}",
    "sha256": "0" * 64,
    "token": "nobody.knows",
    "skill": "networking",
    "key": "integration.x",
    "urgency": "normal",
    "name": "nothing",
}
PAGES = "/link/survey/"
"""What can wait and is a page."""


async def switch(house: House, *, on: bool) -> None:
    body = {"on": on, "reason": "The database is slow."}
    await house.expect("admin", "PUT", "/flags/degraded_mode", body, **{"If-Match": "*"})


async def test_while_the_house_is_spared_surveys_wait_and_tickets_do_not(house: House) -> None:
    survey = "/v1/surveys/nobody.knows"

    async def waits() -> bool:
        answer = await house.http.get(survey)
        return bool(answer.json()["code"] == "degraded-mode")

    async def goes_on() -> bool:
        return not await waits()

    assert await goes_on()
    try:
        await switch(house, on=True)
        await house.soon(waits, "surveys to wait", 2.0)
        for answer in (
            await house.http.get(survey),
            await house.http.post(survey, json={"rating": 5}),
        ):
            refused(answer, 503, "degraded-mode")
            assert int(answer.headers["Retry-After"]) == 60
        filed = await house.file(slots_later=True, slots=[])
        await house.ticket(filed)
        assert (await house.ask("expert", "GET", "/marketplace/visits")).is_success
    finally:
        await switch(house, on=False)
        await house.soon(goes_on, "surveys", 2.0)


async def test_every_route_waits_or_goes_on_as_its_subject_says(house: House) -> None:
    """Each is asked for something that does not exist, by somebody who may: what can wait says that
    it waits, before it looks; everything else says what it always says."""
    described = house.app.openapi()["paths"]
    asked = {
        name: _tags(described, name)
        for name in policies(house.app)
        if name.split()[1].startswith(("/v1/", PAGES))
    }
    assert len(asked) > 80
    try:
        await switch(house, on=True)
        await house.soon(lambda: _waits(house, "GET /v1/surveys/{token}"), "surveys to wait", 5.0)
        waiting = {name for name in asked if await _waits(house, name)}
    finally:
        await switch(house, on=False)
    assert waiting == {name for name, tags in asked.items() if tags & WAITS or PAGES in name}
    assert {"GET /v1/surveys/{token}", "POST /v1/surveys/{token}"} < waiting


def _tags(described: Any, name: str) -> frozenset[str]:
    method, _, path = name.partition(" ")
    return frozenset(described.get(path, {}).get(method.lower(), {}).get("tags", ()))


async def _waits(house: House, name: str) -> bool:
    method, _, path = name.partition(" ")
    policy = policies(house.app)[name]
    assert policy is not None
    headers = {} if policy.public else house.headers(sorted(policy.roles - {Role.SYSTEM})[0])
    address = path.format_map(_Ids(IDS))
    if PAGES in name:
        headers = {"Origin": house.services.public_url}
        answer = await house.http.request(method, address, data={"rating": "5"}, headers=headers)
        return _is_waiting(answer)
    body = None if method in ("GET", "DELETE") else {}
    answer = await house.http.request(method, address, json=body, headers=headers)
    return _is_waiting(answer)


class _Ids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "x"


def _is_waiting(answer: httpx2.Response) -> bool:
    return answer.status_code == 503 and answer.headers.get("Retry-After") == "60"
