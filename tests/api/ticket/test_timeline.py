"""A ticket's timeline: who did what, when and why, and who reads it."""

import uuid
from typing import Any

from models.identity import derived_id
from tests.house import House, days
from tests.town import Town

TOWN = Town("chicago")


async def test_the_timeline_says_who_what_when_and_why(house: House) -> None:
    filed, visit = await TOWN.settled(house, 31)
    why = "The tenant has moved out."
    trace = "0af7651916cd43dd8448eb211c80319c"
    key = str(uuid.uuid4())
    await house.expect(
        "helpdesk",
        "POST",
        f"/tickets/{filed}/cancel",
        {"reason": why},
        traceparent=f"00-{trace}-b7ad6b7169203331-01",
        **{"Idempotency-Key": key},
    )
    await house.until(filed, "CANCELLED")
    entries = await house.timeline(filed)
    [cancelled] = [e for e in entries if e["type"] == "ticket.cancelled"]
    assert (cancelled["actor_role"], cancelled["actor_id"]) == ("helpdesk", "usr_helpdesk")
    assert (cancelled["cause"], cancelled["trace_id"]) == (derived_id("req", key), trace)
    assert cancelled["data"]["note"] == why
    proposed = next(e for e in entries if e["type"] == "proposal.posted")
    assert (proposed["actor_role"], proposed["actor_id"]) == ("expert", TOWN.skilled[0].id)
    scheduled = next(e for e in entries if e["type"] == "visit.scheduled")
    assert scheduled["data"]["visit_id"] == visit
    recorded = [e["recorded_at"] for e in entries]
    assert recorded == sorted(recorded)
    events = [e["seq"] for e in entries if e["aggregate"] == filed]
    assert events == list(range(1, len(events) + 1))
    assert all(e["occurred_at"] and e["actor_role"] and e["actor_id"] for e in entries)


async def test_what_people_write_is_for_themselves_and_the_helpdesk(house: House) -> None:
    filed, visit = await TOWN.done(house, 32)
    again = {"slots": days(33, 1), "reason": "It hums louder, they were rude."}
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/reopen", again)
    await house.until(filed, "MATCHING")
    [second] = [v for v in (await house.ticket(filed))["visits"] if v["id"] != visit]
    await house.propose(second["id"], TOWN.expert, days(33, 1))
    await house.until(filed, "SCHEDULED")
    ours = {"reason": "Customer known for this; do not argue."}
    await house.expect("helpdesk", "POST", f"/tickets/{filed}/cancel", ours)
    await house.until(filed, "CANCELLED")

    async def words(who: str) -> list[str]:
        return [e["data"]["note"] for e in await house.timeline(filed, who) if "note" in e["data"]]

    assert await words("helpdesk") == [again["reason"], ours["reason"]]
    assert await words(TOWN.me) == [again["reason"]]


async def test_an_expert_reads_nobodys_words_but_knows_what_happened(house: House) -> None:
    filed, visit = await TOWN.done(house, 34)
    again = {"slots": days(35, 1), "reason": "It hums louder, they were rude."}
    await house.expect(TOWN.me, "POST", f"/tickets/{filed}/reopen", again)
    await house.until(filed, "MATCHING")
    entries = await house.timeline(filed, TOWN.expert)
    assert "ticket.reopened" in {e["type"] for e in entries}
    assert all("note" not in e["data"] for e in entries)
    assert visit in {e["data"].get("visit_id") for e in entries}


async def test_the_timeline_names_who_was_told_and_people_only_read_of_themselves(
    house: House,
) -> None:
    filed, _ = await TOWN.settled(house, 36)

    async def told() -> list[Any]:
        entries = [e for e in await house.timeline(filed) if e["type"] == "notification.sent"]
        names = {(e["data"]["recipient_role"], e["data"]["template"]) for e in entries}
        wanted = {("customer", "visit.scheduled"), ("expert", "proposal.selected")}
        return entries if wanted <= names else []

    everybody = await house.soon(told, "everybody told")
    assert {e["data"]["channel"] for e in everybody} <= {"sms", "email", "app"}
    for who, subject in ((TOWN.me, TOWN.customer.id), (TOWN.expert, TOWN.skilled[0].id)):
        mine = [e for e in await house.timeline(filed, who) if e["type"].startswith("notif")]
        assert {e["data"]["recipient_id"] for e in mine} == {subject}
