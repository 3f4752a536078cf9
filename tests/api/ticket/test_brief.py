"""A ticket that is entered in brief, and what the helpdesk adds to it."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.api.intake.filed import NOBODY
from tests.api.intake.outage import DATABASE, ENGINE, asked, without
from tests.house import FRIDGE, House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused
from tests.workflows.company import bare, hire, rest, told
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, details
from tests.workflows.escalation.questions import briefed

CONTACT = {"name": "Sam Roe", "phone": "+4930901820001"}
BRIEF = {"contact": CONTACT, "description": "It hums."}
BY_PHONE = {**BRIEF, "channel": "phone", "on_behalf_of": SUBJECTS["customer"]}
ADDRESS = {
    "street": "Feldweg 3",
    "city": "Berlin",
    "postcode": "10999",
    "country": "DE",
    "zone": "berlin",
}
WITHOUT = "2_go_on_without"


async def in_brief(house: House, who: str = "customer", **more: Any) -> str:
    """A ticket that waits for what was left out."""
    filed: str = (await house.expect(who, "POST", "/tickets", {**BRIEF, **more}))["id"]
    await house.until(filed, "REVIEW")
    return filed


async def test_a_contact_and_a_description_are_a_ticket_that_says_what_it_lacks(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    answer = await house.ask("customer", "POST", "/tickets", BRIEF)
    assert answer.status_code == 201
    receipt = answer.json()
    assert (receipt["status"], receipt["missing"]) == ("RECEIVED", ["model", "slots"])
    seen = await house.until(receipt["id"], "REVIEW")
    assert seen["missing"] == ["model", "slots"]
    assert seen["contact"] == {**CONTACT, "email": None}
    assert bare(expert) not in await told(house, receipt["id"], "visit.open")


async def test_the_helpdesk_adds_what_was_left_out_and_the_customer_is_told_once(
    house: House,
) -> None:
    filed = await in_brief(house)
    expert = hire(house, "refrigeration")
    path = f"/tickets/{filed}"
    model = await house.expect("helpdesk", "PATCH", path, {"model_id": FRIDGE})
    assert model["status"] == "REVIEW", "times are still missing"
    both = await house.expect("helpdesk", "PATCH", path, {"slots": days(31, 2)})
    assert both["status"] == "MATCHING"
    seen = await rest(house, filed)
    assert (seen["model_id"], seen["category"], seen["missing"]) == (FRIDGE, "refrigerator", [])
    assert len(seen["slots"]) == 2
    assert bare(expert) in await told(house, filed, "visit.open")
    later = await house.expect("helpdesk", "PATCH", path, {"slots": days(41, 2)})
    assert later["status"] == "MATCHING"
    letters = await _sent(house, filed)
    assert letters.count("SUPPRESSED") == 2, letters
    assert len(letters) == 3
    events = [e for e in await house.timeline(filed) if e["type"] == "ticket.enriched"]
    assert [e["data"]["added"] for e in events] == [["model_id"], ["slots"], ["slots"]]
    assert {e["actor_role"] for e in events} == {"helpdesk"}


async def _sent(house: House, filed: str) -> list[str]:
    """How the notices of what was added stand, once none of them waits."""

    async def settled() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={filed}")
        found = [n["state"] for n in page["items"] if n["template"] == "ticket.enriched"]
        return found if "QUEUED" not in found else None

    letters: list[str] = await house.soon(settled, "the notices")
    return letters


async def test_model_and_times_at_once_let_the_ticket_go_on_and_an_expert_may_come(
    house: House,
) -> None:
    filed = await in_brief(house)
    body = {"model_id": FRIDGE, "slots": days(30, 20)}
    added = await house.expect("helpdesk", "PATCH", f"/tickets/{filed}", body)
    assert added["status"] == "MATCHING"
    visit = (await house.ticket(filed))["visits"][0]["id"]
    await house.propose(visit, hire(house, "refrigeration"))
    await house.until(filed, "SCHEDULED")


async def test_a_customer_who_names_times_themselves_lets_the_ticket_go_on(house: House) -> None:
    filed = await in_brief(house, model_id=FRIDGE)
    given = await house.expect("customer", "PUT", f"/tickets/{filed}/slots", {"slots": days(31, 1)})
    assert given["status"] == "MATCHING"
    assert (await rest(house, filed))["missing"] == []


async def test_words_and_an_address_are_kept_where_only_those_look_who_may(house: House) -> None:
    body = {**BRIEF, "channel": "phone", "on_behalf_of": NOBODY, "slots_later": True}
    filed = (await house.expect("helpdesk", "POST", "/tickets", body))["id"]
    seen = await house.until(filed, "REVIEW")
    assert seen["missing"] == ["model", "slots", "address"]
    added = {"model_text": "Quux Frost 9", "address": ADDRESS}
    answer = await house.expect("helpdesk", "PATCH", f"/tickets/{filed}", added)
    assert answer["status"] == "MATCHING", "nobody knows who pays, and experts may propose"
    seen = await rest(house, filed)
    assert (seen["zone"], seen["model_text"]) == ("berlin", "Quux Frost 9")
    assert (seen["coverage"], seen["missing"]) == ("UNKNOWN", ["slots"])
    history = await house.workflow(filed).fetch_history()
    assert "Feldweg" not in str(history.to_json())
    assert "Quux" not in str(history.to_json())


async def test_a_caller_who_has_no_file_has_a_ticket_all_the_same(house: House) -> None:
    filed = await in_brief(house, "helpdesk", channel="phone")
    seen = await house.ticket(filed)
    assert "address" in seen["missing"]
    assert seen["contact"]["phone"] == CONTACT["phone"]
    asked_for = await briefed(house, filed, "DATA_MISSING")
    assert "no file of the customer" in await details(asked_for)


async def test_the_question_goes_with_what_was_missing(house: House) -> None:
    filed = await in_brief(house)
    question = await briefed(house, filed, "DATA_MISSING")
    assert "the model and times are still missing" in await details(question)
    body = {"model_id": FRIDGE, "slots": days(30, 20)}
    await house.expect("helpdesk", "PATCH", f"/tickets/{filed}", body)
    assert (await question.result())["state"] == "AUTO_RESOLVED"


async def test_the_helpdesk_may_go_on_with_what_is_known(house: House) -> None:
    filed = await in_brief(house)
    question = await briefed(house, filed, "DATA_MISSING")
    await decide(question, ANA, WITHOUT)
    await house.until(filed, "MATCHING")
    assert (await question.result())["action"] == "go_on_without"


async def test_asked_twice_under_one_key_it_is_added_once(house: House) -> None:
    filed = await in_brief(house)
    key, body = str(uuid.uuid4()), {"model_id": FRIDGE, "slots": days(30, 20)}
    more = {"Idempotency-Key": key}
    first = await house.expect("helpdesk", "PATCH", f"/tickets/{filed}", body, **more)
    again = await house.ask("helpdesk", "PATCH", f"/tickets/{filed}", body, **more)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
    events = [e["type"] for e in await house.timeline(filed)]
    assert events.count("ticket.enriched") == 1


async def test_what_rests_on_an_older_ticket_is_not_added(house: House) -> None:
    filed = await in_brief(house)
    seen = (await house.ask("helpdesk", "GET", f"/tickets/{filed}")).headers["ETag"]
    await house.expect("helpdesk", "PATCH", f"/tickets/{filed}", {"model_id": FRIDGE})
    old = {"If-Match": seen}
    answer = await house.ask("helpdesk", "PATCH", f"/tickets/{filed}", {"slots_later": True}, **old)
    refused(answer, 412, "ticket-changed")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "nothing-added", ()),
        ({"slots": [], "reason": "They called."}, "nothing-added", ()),
        ({"model_id": FRIDGE, "model_text": "It"}, "model-twice", ("/model_text",)),
        ({"model_id": "mod_nothing"}, "model-unknown", ("/model_id",)),
        ({"category": "spaceship"}, "category-unknown", ("/category",)),
        ({"address": {**ADDRESS, "zone": "atlantis"}}, "zone-unknown", ("/address/zone",)),
        ({"address": {**ADDRESS, "postcode": ""}}, "postcode-missing", ("/address/postcode",)),
        ({"address": {**ADDRESS, "lat": 52.5}}, "point-incomplete", ("/address/lng",)),
        (
            {"address": {**ADDRESS, "lat": 0.0, "lng": 0.0}},
            "place-outside-zone",
            ("/address/lat",),
        ),
    ],
)
async def test_what_cannot_be_filed_cannot_be_added_either(
    house: House, body: Any, code: str, pointer: tuple[str, ...]
) -> None:
    filed = await in_brief(house)
    before = await house.ticket(filed)
    refused(await house.ask("helpdesk", "PATCH", f"/tickets/{filed}", body), 422, code, *pointer)
    assert (await house.ticket(filed))["seq"] == before["seq"]


async def test_nothing_is_added_to_a_ticket_that_is_over(house: House) -> None:
    filed = await in_brief(house)
    await house.expect("customer", "POST", f"/tickets/{filed}/cancel", {})
    answer = await house.ask("helpdesk", "PATCH", f"/tickets/{filed}", {"model_id": FRIDGE})
    assert (answer.status_code, answer.json()["code"]) in [
        (409, "illegal-transition"),
        (409, "ticket-closed"),
    ]


async def test_without_a_way_to_reach_them_nobody_is_filed_in_brief(house: House) -> None:
    body = {"contact": {"name": "Sam Roe"}, "description": "It hums."}
    answer = await house.ask("customer", "POST", "/tickets", body)
    refused(answer, 422, "contact-missing", "/contact")


@pytest.mark.long
@pytest.mark.parametrize("away", [(ENGINE,), (DATABASE,), (ENGINE, DATABASE)])
async def test_a_call_in_brief_is_accepted_while_stores_are_away(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    body = {**BY_PHONE, "identity_check": "called_back"}
    async with without(house, tmp_path / "log", *away) as (http, outage):
        answer = await asked(house, http, "helpdesk", "POST", "/tickets", body)
        assert answer.status_code in (201, 202), answer.text
        assert answer.json()["missing"] == ["model", "slots"]
        filed = answer.json()["id"]
        await outage.mend()

        async def is_known() -> bool:
            return (await house.ask("helpdesk", "GET", f"/tickets/{filed}")).is_success

        await house.soon(is_known, "the ticket")
        await house.until(filed, "REVIEW")
    received = next(e for e in await house.timeline(filed) if e["type"] == "ticket.received")
    assert received["data"] == {"channel": "phone", "identity_check": "called_back"}


@pytest.mark.long
@pytest.mark.parametrize("away", [(ENGINE,), (DATABASE,), (ENGINE, DATABASE)])
async def test_what_is_added_while_stores_are_away_is_kept_and_added_afterwards(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    filed = await in_brief(house)
    body = {"model_id": FRIDGE, "slots": days(30, 20)}
    async with without(house, tmp_path / "log", *away) as (http, outage):
        answer = await asked(house, http, "helpdesk", "PATCH", f"/tickets/{filed}", body)
        assert (answer.status_code, answer.json()["effect"]) == (202, "accepted"), answer.text
        await outage.mend()
        await house.until(filed, "MATCHING")


@pytest.mark.parametrize(
    ("given", "lacks", "stands"),
    [
        ({}, ["model", "slots"], "REVIEW"),
        ({"category": "refrigerator"}, ["model", "slots"], "REVIEW"),
        ({"category": "refrigerator", "slots_later": True}, ["model", "slots"], "MATCHING"),
        ({"model_id": FRIDGE, "slots": days(31, 1)}, [], "MATCHING"),
    ],
    ids=["nothing", "a category", "a category, and times later", "all"],
)
async def test_a_receipt_says_what_its_ticket_lacks_also_where_experts_can_do_without(
    house: House, given: dict[str, Any], lacks: list[str], stands: str
) -> None:
    receipt = await house.expect("customer", "POST", "/tickets", {**BRIEF, **given})
    seen = await house.until(receipt["id"], stands)
    assert receipt["missing"] == seen["missing"] == lacks
