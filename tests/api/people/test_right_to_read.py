"""An expert reads who a customer is for as long as they need it, and not for ever."""

from typing import Any

import psycopg
import pytest

from tests.house import House
from tests.town import Town
from tests.workflows.escalation.escalating import matched_anew

TOWN = Town("chicago")
CALLER = TOWN.customer
SECRETS = {
    "street": CALLER.address.street,
    "name": CALLER.name,
    "phone": CALLER.phone,
    "postcode": CALLER.address.postcode,
    "latitude": str(CALLER.place.lat),
    "words": "The key is under the mat.",
}


async def item(house: House, visit: str) -> Any:
    """The work item of a visit."""
    page = await house.expect(TOWN.expert, "GET", "/experts/me/work-items")
    return next((i for i in page["items"] if i["visit_id"] == visit), None)


async def leaked(house: House, ticket_id: str) -> list[str]:
    """What of the customer an expert still reads, whatever they ask."""
    paths = ("", "/timeline", "/timers")
    answers = [await house.ask(TOWN.expert, "GET", "/experts/me/work-items")]
    answers += [await house.ask(TOWN.expert, "GET", f"/tickets/{ticket_id}{p}") for p in paths]
    found = "\n".join(a.text for a in answers)
    return [name for name, secret in SECRETS.items() if secret in found]


def ended(house: House, visit: str, ago: str) -> None:
    """The work of a visit ended so long ago."""
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update visits set actual_end = now() - %s::interval where id = %s", (ago, visit)
        )


async def test_two_days_after_the_work_what_is_the_customers_is_gone_and_ones_own_stays(
    house: House,
) -> None:
    ticket_id, visit = await TOWN.done(house, 51, description=SECRETS["words"])
    assert sorted(await leaked(house, ticket_id)) == sorted(SECRETS)
    ended(house, visit, "1 day 23 hours")
    assert sorted(await leaked(house, ticket_id)) == sorted(SECRETS)
    ended(house, visit, "2 days")
    assert await leaked(house, ticket_id) == []
    mine = await item(house, visit)
    number = (await house.ticket(ticket_id))["number"]
    assert mine["withheld"] == "visit-done"
    assert (mine["ticket"], mine["skill"], mine["zone"]) == (number, "refrigeration", "chicago")
    assert mine["notes"] == ["Done."]
    assert mine["start"] < mine["end"]
    assert [mine[name] for name in ("customer_name", "customer_phone", "address", "geo")] == (
        [None] * 4
    )
    ticket = await house.ticket(ticket_id, TOWN.expert)
    assert (ticket["number"], ticket["description"], ticket["slots"]) == (number, None, [])
    assert [v["id"] for v in ticket["visits"]] == [visit]
    timeline = await house.timeline(ticket_id, TOWN.expert)
    assert {e["type"] for e in timeline if e["actor_role"] == "expert"} >= {"visit.completed"}
    assert not [e for e in timeline if e["type"] in ("ticket.received", "slots.changed")]
    whole = await house.ticket(ticket_id, TOWN.me)
    assert whole["description"] == SECRETS["words"]


@pytest.mark.parametrize("how", ["cancelled", "moved"])
async def test_whoever_is_let_go_reads_nothing_from_that_moment_on(house: House, how: str) -> None:
    ticket_id, visit = await TOWN.settled(house, 52, description=SECRETS["words"])
    assert sorted(await leaked(house, ticket_id)) == sorted(SECRETS)
    if how == "cancelled":
        await house.expect(TOWN.me, "POST", f"/tickets/{ticket_id}/cancel", {})
        await house.until(ticket_id, "CANCELLED")
    else:
        offer = (await house.expect(TOWN.expert, "GET", f"/visits/{visit}/proposals"))["items"]
        await house.expect(TOWN.expert, "DELETE", f"/proposals/{offer[0]['id']}")
        await matched_anew(house, ticket_id)
        await house.until(ticket_id, "MATCHING")
    assert await item(house, visit) is None
    assert await leaked(house, ticket_id) == []
