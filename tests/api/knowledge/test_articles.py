"""Notes for whoever has such an appliance next: drafts, for their author and the helpdesk."""

from typing import Any

from tests.api.visit.test_batches import patience
from tests.api.visit.test_reports import ahead, booked, sent, taken
from tests.house import FRIDGE, House
from tests.refusals import refused
from tests.workflows.company import bare, hire, rows
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, known
from tests.workflows.escalation.questions import briefed

NOTE = "E24 with a full tank: the relay behind the pump sticks."
REPORT = {"notes": "Relay replaced.", "kb_note": NOTE}


async def ticket_of(house: House, visit: str) -> str:
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    ticket_id: str = row["ticket_id"]
    return ticket_id


async def drafts(house: House, who: str, query: str) -> list[Any]:
    page = await house.expect(who, "GET", f"/kb/articles?{query}")
    items: list[Any] = page["items"]
    return items


async def test_a_note_for_others_is_a_draft_about_the_ticket_and_its_model(house: House) -> None:
    visit, expert = await booked(house)
    await taken(house, visit, expert, "completed", report=REPORT)
    ticket_id = await ticket_of(house, visit)
    [draft] = await drafts(house, "helpdesk", f"ticket_id={ticket_id}")
    assert draft["id"].startswith("art_")
    assert (draft["state"], draft["version"]) == ("DRAFT", 1)
    assert (draft["ticket_id"], draft["visit_id"]) == (ticket_id, visit)
    assert (draft["model_id"], draft["author_id"]) == (FRIDGE, bare(expert))
    assert draft["category"] == (await house.ticket(ticket_id))["category"]
    assert "body" not in draft
    for who in ("manager", expert):
        assert (await house.expect(who, "GET", f"/kb/articles/{draft['id']}"))["body"] == NOTE
    stranger = hire(house, "refrigeration")
    refused(await house.ask(stranger, "GET", f"/kb/articles/{draft['id']}"), 404, "article-unknown")
    assert await drafts(house, stranger, f"ticket_id={ticket_id}") == []
    assert draft in await drafts(house, expert, f"state=DRAFT&model_id={FRIDGE}")
    assert await drafts(house, expert, "model_id=mod_another") == []
    refused(await house.ask("customer", "GET", "/kb/articles"), 403, "role-not-allowed")


async def test_a_report_that_comes_twice_has_one_draft_and_one_without_a_note_has_none(
    house: House,
) -> None:
    visit, expert = await booked(house)
    said = {"occurred_at": ahead(), "report": REPORT}
    for _ in range(2):
        await taken(house, visit, expert, "completed", **said)
    assert len(await drafts(house, "helpdesk", f"ticket_id={await ticket_of(house, visit)}")) == 1
    silent, other = await booked(house)
    await taken(house, silent, other, "completed", report={"notes": "Done."})
    assert await drafts(house, "helpdesk", f"ticket_id={await ticket_of(house, silent)}") == []


async def test_a_report_that_is_refused_leaves_no_draft(house: House) -> None:
    visit, expert = await booked(house)
    future = ahead(minutes=10)
    answer = await sent(house, visit, expert, "completed", occurred_at=future, report=REPORT)
    refused(answer, 422, "occurred-in-the-future", "/occurred_at")
    ticket_id = await ticket_of(house, visit)
    assert await drafts(house, "helpdesk", f"ticket_id={ticket_id}") == []
    await taken(house, visit, expert, "completed", report=REPORT)
    assert len(await drafts(house, "helpdesk", f"ticket_id={ticket_id}")) == 1


async def test_a_report_that_is_taken_back_takes_its_draft_along(house: House) -> None:
    with patience(house, "PT10M"):
        visit, expert = await booked(house)
    await taken(house, visit, expert, "completed", report=REPORT, client_event_id="mistaken")
    ticket_id = await ticket_of(house, visit)
    [first] = await drafts(house, "helpdesk", f"ticket_id={ticket_id}")
    said = {"corrects": "mistaken", "client_event_id": "right", "report": REPORT}
    await taken(house, visit, expert, "completed", **said)
    [second] = await drafts(house, "helpdesk", f"ticket_id={ticket_id}")
    assert second["id"] != first["id"]
    refused(await house.ask(expert, "GET", f"/kb/articles/{first['id']}"), 404, "article-unknown")


async def test_a_note_for_others_is_no_blank(house: House) -> None:
    visit, expert = await booked(house)
    for note in ("", "  ", 7):
        report = {"notes": "Done.", "kb_note": note}
        answer = await sent(house, visit, expert, "completed", report=report)
        refused(answer, 422, "validation-failed", "/report/kb_note")


async def test_a_draft_is_about_the_model_that_its_ticket_turns_out_to_be_about(
    house: House,
) -> None:
    slot = {"start": ahead(hours=0.1), "end": ahead(hours=30)}
    ticket_id = await house.file(
        urgency="urgent",
        accept_fee=True,
        slots=[slot],
        model_id=None,
        model_text="Bosch KGN 39 VLEB",
    )
    seen = await house.until(ticket_id, "MATCHING")
    visit, needed = seen["visits"][0]["id"], seen["visits"][0]["positions"]
    expert = hire(house, *(p["skill"] for p in needed))
    more = {"minutes": 60, "positions": [{"skill": "electrical"}]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", more)
    await house.propose(visit, expert, [slot])

    async def booked_now() -> bool:
        return bool((await house.ticket(ticket_id))["visits"][0]["state"] == "SCHEDULED")

    await house.soon(booked_now, "the first visit to be booked")
    await taken(house, visit, expert, "completed", report=REPORT)
    [draft] = await drafts(house, "helpdesk", f"ticket_id={ticket_id}")
    assert draft["model_id"] is None
    asked = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    brief = (await known(asked)).brief
    assert brief is not None
    # Models that other tests have made may be nearer to what was written.
    number = next(one.number for one in brief.options if "KGN39VLEB" in one.line)
    await decide(asked, ANA, "1_link_model", number)
    await asked.result()

    async def followed() -> bool:
        [now] = await drafts(house, "helpdesk", f"ticket_id={ticket_id}")
        return (now["model_id"], now["category"]) == ("mod_bosch-kgn39vleb", "refrigerator")

    await house.soon(followed, "the draft to be about the model")
    assert len(await drafts(house, expert, "model_id=mod_bosch-kgn39vleb")) == 1
