"""A repeat of what was answered is the old answer, and costs nothing of what one may change."""

import uuid
from typing import Any

import httpx2

from api.http.limits import Rates
from tests.api.http.test_limits import filed, limited
from tests.house import FRIDGE, REFERENCE, House, days
from tests.refusals import refused

FILER, CHANGER, REPEATER, READER = (customer.id for customer in REFERENCE.customers[-4:])
"""Each has an account of their own."""


def ticket(**changes: Any) -> dict[str, Any]:
    return {"description": "It hums.", "model_id": FRIDGE, "slots": days(29, 2), **changes}


async def sent(
    house: House, http: httpx2.AsyncClient, me: str, key: str, path: str, body: Any
) -> httpx2.Response:
    """The answer to a customer's request under a key."""
    headers = {**house.headers("customer", me), "Idempotency-Key": key}
    return await http.post(f"/v1{path}", json=body, headers=headers)


async def test_a_filing_sent_again_is_the_old_answer_also_for_whoever_filed_too_much(
    house: House,
) -> None:
    key, body = str(uuid.uuid4()), ticket()
    async with limited(house, rates=Rates(filing=2)) as http:
        first = await sent(house, http, FILER, key, "/tickets", body)
        assert first.status_code == 201, first.text
        while (await filed(house, http, f"customer:{FILER}")).status_code != 429:
            pass
        again = await sent(house, http, FILER, key, "/tickets", body)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await sent(house, http, FILER, key, "/tickets", ticket(description="It drips."))
        refused(other, 422, "idempotency-key-reused")
        fresh = await sent(house, http, FILER, str(uuid.uuid4()), "/tickets", body)
        refused(fresh, 429, "rate-limited")
    await house.expect(f"customer:{FILER}", "POST", f"/tickets/{first.json()['id']}/cancel", {})


async def test_a_command_sent_again_is_the_old_answer_also_for_whoever_changed_too_much(
    house: House,
) -> None:
    opened = await house.file(f"customer:{CHANGER}", **ticket())
    key, path = str(uuid.uuid4()), f"/tickets/{opened}/cancel"
    async with limited(house, rates=Rates(command=2)) as http:
        first = await sent(house, http, CHANGER, key, path, {})
        assert first.status_code == 200, first.text
        while (await sent(house, http, CHANGER, str(uuid.uuid4()), path, {})).status_code != 429:
            pass
        again = await sent(house, http, CHANGER, key, path, {})
        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"


async def test_repeats_cost_nothing_of_what_one_may_file(house: House) -> None:
    key, body = str(uuid.uuid4()), ticket()
    async with limited(house, rates=Rates(filing=1)) as http:
        first = await sent(house, http, REPEATER, key, "/tickets", body)
        left = first.headers["RateLimit-Remaining"]
        for _ in range(5):
            again = await sent(house, http, REPEATER, key, "/tickets", body)
            assert again.json() == first.json()
            assert again.headers["RateLimit-Remaining"] == left
    await house.expect(f"customer:{REPEATER}", "POST", f"/tickets/{first.json()['id']}/cancel", {})


async def test_repeats_cost_as_much_as_readings(house: House) -> None:
    key, body = str(uuid.uuid4()), ticket()
    async with limited(house, rates=Rates(filing=1, read=2)) as http:
        answers = [await sent(house, http, READER, key, "/tickets", body) for _ in range(9)]
        refused(answers[-1], 429, "rate-limited")
    await house.expect(
        f"customer:{READER}", "POST", f"/tickets/{answers[0].json()['id']}/cancel", {}
    )
