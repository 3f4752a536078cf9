"""Who learns what: an expert where to go when chosen, nobody who else had wanted to."""

import uuid
from collections.abc import Mapping

from tests.house import REFERENCE, House, days
from tests.town import Town

# All that its expert can read is about the one ticket of a test.
TOWN = Town("london")
CALLER, CHOSEN, COLLEAGUE = TOWN.customer, TOWN.skilled[0], TOWN.skilled[1]
NEIGHBOUR = next(c for c in REFERENCE.customers if c.zone == "london" and c != CALLER)
NEEDED = {"street": CALLER.address.street, "name": CALLER.name, "phone": CALLER.phone}
SECRETS = {
    **NEEDED,
    "family name": CALLER.name.split()[-1],
    "e-mail": CALLER.email,
    "postcode": CALLER.address.postcode,
    "latitude": str(CALLER.place.lat),
}
NOWHERE = "00000000-0000-7000-8000-000000000000"


async def told(house: House, who: str, ids: Mapping[str, str]) -> str:
    """Everything that somebody can read about a ticket, whatever they try."""
    role, _, subject = who.partition(":")
    known: dict[str, str] = {"token": "x.y", "code": "not-found", **ids}
    answers = []
    for path, methods in house.app.openapi()["paths"].items():
        if "get" not in methods:
            continue
        for name in methods["get"].get("parameters", []):
            if name["in"] == "path":
                known.setdefault(name["name"], f"{name['name'][:3]}_{NOWHERE}")
        query = {"ticket_id": ids["ticket_id"]} if path.endswith("/notifications") else None
        headers = house.headers(role, subject or None)
        answers.append(await house.http.get(path.format(**known), params=query, headers=headers))
    assert all(answer.status_code < 500 for answer in answers)
    # A refusal names the address it was asked at.
    return "\n".join(a.text for a in answers if a.is_success)


def leaked(text: str, secrets: Mapping[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if secret in text]


async def test_an_expert_learns_who_and_where_when_chosen_and_not_before(
    house: House,
) -> None:
    words = f"Canary {uuid.uuid4()} hums."
    secrets = {**SECRETS, "description": words}
    filed, visit = await TOWN.opened(house, 55, description=words)
    ids = {"ticket_id": filed, "visit_id": visit}
    before = await told(house, TOWN.expert, ids)
    assert visit in before
    assert (await house.ticket(filed))["number"] in before
    assert leaked(before, secrets) == []
    proposal = await house.propose(visit, TOWN.expert, days(56, 1))
    proposed = await told(house, TOWN.expert, {**ids, "proposal_id": proposal["id"]})
    assert leaked(proposed, secrets) == []
    written = await house.soon(lambda: letters(house, CHOSEN.phone), "a letter")
    assert leaked(written, secrets) == []
    await house.propose(visit, TOWN.expert, days(55, 1))
    await house.until(filed, "SCHEDULED")
    after = await told(house, TOWN.expert, ids)
    assert leaked(after, {**NEEDED, "description": words}) == [*NEEDED, "description"]
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/cancel", {})
    await house.until(filed, "CANCELLED")
    assert leaked(await told(house, TOWN.expert, ids), secrets) == []


async def letters(house: House, phone: str) -> str:
    """What was sent to a phone."""
    return "\n".join(text for text in house.letters("sms") if f"To: {phone}\n" in text)


async def test_nobody_but_the_helpdesk_learns_who_else_had_made_a_proposal(house: House) -> None:
    filed, visit = await TOWN.opened(house, 56)
    lost = await house.propose(visit, f"expert:{COLLEAGUE.id}", days(57, 1))
    won = await house.propose(visit, TOWN.expert, days(56, 1))
    [scheduled] = (await house.until(filed, "SCHEDULED"))["visits"]
    ids = {
        "ticket_id": filed,
        "visit_id": visit,
        "group_id": scheduled["group_id"],
        "proposal_id": lost["id"],
        "expert_id": COLLEAGUE.id,
    }
    for who in (TOWN.me, TOWN.expert):
        text = await told(house, who, ids)
        assert CHOSEN.id in text
        for secret in (COLLEAGUE.id, lost["id"], COLLEAGUE.name, COLLEAGUE.phone):
            assert secret not in text, who
    assert won["id"] not in await told(house, TOWN.me, ids)
    assert CHOSEN.phone not in await told(house, TOWN.me, ids)
    loser = await told(house, f"expert:{COLLEAGUE.id}", ids)
    assert lost["id"] in loser
    assert CHOSEN.id not in loser
    assert won["id"] not in loser
    helpdesk = await told(house, "helpdesk", ids)
    assert all(known in helpdesk for known in (COLLEAGUE.id, lost["id"], won["id"]))


async def test_a_neighbour_and_an_integration_learn_nothing_at_all(house: House) -> None:
    filed, visit = await TOWN.settled(house, 58)
    [scheduled] = (await house.ticket(filed))["visits"]
    ids = {"ticket_id": filed, "visit_id": visit, "group_id": scheduled["group_id"]}
    for who in (f"customer:{NEIGHBOUR.id}", "integration", f"expert:{COLLEAGUE.id}"):
        text = await told(house, who, ids)
        assert leaked(text, {**SECRETS, **ids}) == [], who


async def test_an_expert_who_is_suspended_learns_nothing_more_of_the_customer_anywhere(
    house: House,
) -> None:
    words = f"Canary {uuid.uuid4()} drips."
    secrets = {**SECRETS, "description": words}
    filed, visit = await TOWN.settled(house, 59, description=words)
    [scheduled] = (await house.ticket(filed))["visits"]
    ids = {"ticket_id": filed, "visit_id": visit, "group_id": scheduled["group_id"]}
    path = f"/experts/{CHOSEN.id}"
    assert words in await told(house, TOWN.expert, ids)
    try:
        await house.expect("admin", "PATCH", path, {"status": "SUSPENDED"})
        after = await told(house, TOWN.expert, ids)
    finally:
        await house.expect("admin", "PATCH", path, {"status": "VERIFIED"})
    assert leaked(after, secrets) == []
    assert (await house.ticket(filed))["number"] in after
    assert words in await told(house, TOWN.expert, ids)
