"""What was read is what is decided: at either door, though the facts were gathered anew between."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from tests.api.web.desk_of_house import at_the_desk
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import at, bare, between, crew, hire, rest, stands, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    Asked,
    decide,
    escalated,
    known,
    refusal,
    shown,
)
from tests.workflows.escalation.questions import briefed

DAY = between(8, 20)
REFRESH = "7_refresh"


async def off(house: House, expert: str, start: float, end: float) -> None:
    """An expert takes time off on the day of the visit."""
    span = {"start": at(start).isoformat(), "end": at(end).isoformat()}
    await house.expect(expert, "POST", "/experts/me/time-off", span)


async def gathered(house: House, asked: Asked) -> None:
    """Somebody had the facts gathered anew."""
    before = (await known(asked)).brief
    await decide(asked, ANA, REFRESH)

    async def fresh() -> bool:
        now = (await known(asked)).brief
        return now is not None and now.gathered_at != (before and before.gathered_at)

    await house.soon(fresh, "the facts again")


async def two_candidates(house: House) -> tuple[str, Asked, dict[str, int], Any]:
    """Annika and Oksana, the ticket, what is asked about it, and the page of that moment."""
    annika, oksana = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, DAY)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    page = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    numbers = {c["expert_id"]: c["number"] for c in page["candidates"]}
    assert {bare(annika), bare(oksana)} <= set(numbers)
    return ticket_id, asked, {annika: numbers[bare(annika)], oksana: numbers[bare(oksana)]}, page


@pytest.mark.parametrize("door", ["number", "id", "page", "ui"])
async def test_who_took_time_off_is_nobody_else(house: House, door: str) -> None:
    ticket_id, asked, numbers, page = await two_candidates(house)
    annika = next(iter(numbers))
    await off(house, annika, 0, 24)
    await gathered(house, asked)
    theirs = next(c for c in page["candidates"] if c["expert_id"] == bare(annika))
    path = f"/escalations/{page['id']}/resolve"
    match door:
        case "ui":
            with pytest.raises(WorkflowUpdateFailedError) as failed:
                await decide(asked, ANA, "1_assign", numbers[annika])
            assert refusal(failed.value) == "candidate-gone"
        case "page":
            chosen = {"action": "assign", "parameter": f"{theirs['id']}@{theirs['start']}"}
            async with at_the_desk(house) as ana:
                answer = await ana.sends(page["id"], "decide", **chosen, note="called Annika")
            assert "was Jo Doe, who is no longer free" in answer.text
            assert "called Annika" in answer.text
        case _:
            params = theirs["id"] if door == "id" else numbers[annika]
            body = {"action": "assign", "params": params, "note": "called Annika"}
            answer = await house.ask("helpdesk", "POST", path, body)
            refused(answer, 409, "candidate-gone", "/params")
    assert crew((await house.ticket(ticket_id))["visits"][0]) == []


async def test_who_could_come_at_another_time_by_now_is_not_sent_for_the_time_that_was_read(
    house: House,
) -> None:
    ticket_id, asked, numbers, page = await two_candidates(house)
    annika = next(iter(numbers))
    theirs = next(c for c in page["candidates"] if c["expert_id"] == bare(annika))
    await off(house, annika, 0, 14)
    await gathered(house, asked)
    seen = theirs["start"].replace("Z", "+00:00")
    async with at_the_desk(house) as ana:
        chosen = {"action": "assign", "parameter": f"{theirs['id']}@{seen}"}
        answer = await ana.sends(page["id"], "decide", **chosen)
        assert answer.status_code == 409
        assert "is Jo Doe, who could come at another time by now" in answer.text
        assert crew((await house.ticket(ticket_id))["visits"][0]) == []
        fresh = await house.expect("helpdesk", "GET", f"/escalations/{page['id']}")
        now = next(c for c in fresh["candidates"] if c["expert_id"] == bare(annika))
        assert now["number"] == numbers[annika], "they are the same candidate all the same"
        seen = now["start"].replace("Z", "+00:00")
        chosen["parameter"] = f"{now['id']}@{seen}"
        assert (await ana.sends(page["id"], "decide", **chosen)).status_code == 303
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [annika]


async def test_the_times_that_were_read_are_offered_and_no_others(house: House) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert, [between(14, 20)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    asked = await escalated(house, ticket_id, "NO_COMMON_TIME")
    [row] = await shown(house, ticket_id)
    page = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    lines = [f for f in page["facts"] if "Experts could come" in f]
    assert len(lines) == len(page["suggested_slots"]) > 1
    assert all(" to " in line for line in lines)
    assert f"The customer would be offered these {len(lines)} times" in page["facts"]
    await off(house, expert, 13, 16)
    await gathered(house, asked)
    body = {"action": "offer_slots", "params": page["times_id"]}
    path = f"/escalations/{row['id']}/resolve"
    refused(await house.ask("helpdesk", "POST", path, body), 409, "times-gone", "/params")
    async with at_the_desk(house) as ana:
        chosen = {"action": "offer_slots", "parameter": page["times_id"]}
        answer = await ana.sends(row["id"], "decide", **chosen)
        assert "Other times are possible than you read" in answer.text
    fresh = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    body["params"] = fresh["times_id"]
    done = await house.expect("helpdesk", "POST", path, body)
    assert done["decided"] == f"{len(fresh['suggested_slots'])} times"
    [offer] = [e for e in await house.timeline(ticket_id) if e["type"] == "slots.offered"]
    assert offer["data"]["options"] == len(fresh["suggested_slots"])


async def test_a_time_that_was_taken_meanwhile_is_not_offered(house: House) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert, [between(14, 20)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    asked = await escalated(house, ticket_id, "NO_COMMON_TIME")
    await off(house, expert, 13, 16)
    await decide(asked, ANA, "2_offer_slots")

    async def refused_so() -> Any:
        return (await known(asked)).refusal

    assert "Not all of these times" in await house.soon(refused_so, "the refusal")
    offers = [e for e in await house.timeline(ticket_id) if e["type"] == "slots.offered"]
    assert offers == []


async def test_a_line_keeps_its_number_when_the_catalogue_grows(house: House) -> None:
    filed = await house.file(model_id=None, model_text="Bosch KGN 39 VLEB")
    asked = await briefed(house, filed, "MODEL_UNRESOLVED")
    brief = (await known(asked)).brief
    assert brief is not None
    number = next(o.number for o in brief.options if "KGN39VLEB" in o.line)
    await gathered(house, asked)
    await decide(asked, ANA, "1_link_model", number)
    await asked.result()
    assert (await rest(house, filed))["model_id"] == "mod_bosch-kgn39vleb"


async def test_a_category_is_chosen_by_its_number_too(house: House) -> None:
    filed = await house.file(model_id=None, model_text="Quux Frost 11")
    asked = await briefed(house, filed, "MODEL_UNRESOLVED")
    brief = (await known(asked)).brief
    assert brief is not None
    oven = next(c.number for c in brief.categories if c.value == "oven")
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await decide(asked, ANA, "2_create_model", 99)
    assert refusal(failed.value) == "parameter-wrong"
    await decide(asked, ANA, "2_create_model", oven)
    await asked.result()
    assert (await rest(house, filed))["category"] == "oven"


async def test_who_has_answered_meanwhile_is_not_replaced(house: House) -> None:
    first, second = hire(house, "refrigeration"), hire(house, "electrical")
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 12), who="customer")
    pair = {
        "minutes": 60,
        "positions": [{"skill": "refrigeration"}, {"skill": "electrical"}],
        "slots": [between(14, 20)],
    }
    added = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", pair)
    visit = added["visit_id"]
    for expert in (first, second):
        await house.propose(visit, expert, [between(14, 20)])

    async def settled() -> Any:
        visits = (await house.ticket(ticket_id))["visits"]
        return next(v for v in visits if v["id"] == visit)["state"] == "SCHEDULED"

    await house.soon(settled, "the joint visit")
    await house.later(ticket_id, timedelta(hours=4, seconds=1))
    asked = await briefed(house, ticket_id, "NO_ACK", 2)
    brief = (await known(asked)).brief
    assert brief is not None
    [candidate] = [c for c in brief.candidates if c.instead_of == bare(first)][:1]
    await house.report(visit, "acknowledged", first)
    row = next(r for r in await shown(house, ticket_id) if r["reason"] == "NO_ACK")
    body = {"action": "replace", "params": candidate.number}
    answer = await house.ask("helpdesk", "POST", f"/escalations/{row['id']}/resolve", body)
    assert answer.status_code == 409, answer.text
    visits = (await house.ticket(ticket_id))["visits"]
    assert crew(next(v for v in visits if v["id"] == visit)) == [first, second]
