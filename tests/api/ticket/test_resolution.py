"""Which model it is that a customer wrote in their own words."""

import uuid
from typing import Any

from tests.house import FRIDGE, House
from tests.refusals import refused
from tests.workflows.company import hire, rest, told
from tests.workflows.company import parting as parting
from tests.workflows.escalation.questions import briefed


async def wrote(house: House, words: str, who: str = "customer") -> str:
    """A ticket about a model that nobody knows."""
    receipt = await house.expect(
        who,
        "POST",
        "/tickets",
        {"description": "It hums.", "model_text": words, "slots_later": True},
    )
    assert receipt["warnings"] == ["model_unresolved"]
    filed: str = receipt["id"]
    assert "model_unresolved" in (await house.until(filed, "MATCHING"))["attention"]
    return filed


def made_up() -> dict[str, str]:
    return {"brand": "Grundig", "name": f"Fine Arts {uuid.uuid4().hex[:6]}", "category": "oven"}


async def resolve(house: House, filed: str, body: Any, who: str = "helpdesk", **more: str) -> Any:
    return await house.expect(who, "POST", f"/tickets/{filed}/model-resolution", body, **more)


async def test_a_model_that_is_created_is_found_and_the_ticket_is_about_it(house: House) -> None:
    model = made_up()
    filed = await wrote(house, f"{model['brand']} {model['name']}")
    question = await briefed(house, filed, "MODEL_UNRESOLVED")
    key = {"Idempotency-Key": str(uuid.uuid4())}
    resolved = await resolve(house, filed, {"create": model}, **key)
    assert await resolve(house, filed, {"create": model}, **key) == resolved
    seen = await rest(house, filed)
    assert (seen["model_id"], seen["category"]) == (resolved["model"]["id"], "oven")
    assert "model_unresolved" not in seen["attention"]
    found = await house.expect("customer", "GET", f"/models?q={model['name'].split()[-1]}")
    assert [m["id"] for m in found["items"]] == [seen["model_id"]]
    assert (await question.result())["state"] == "AUTO_RESOLVED"
    assert await told(house, filed, "ticket.enriched") == [seen["customer_id"]]
    again = await house.file(model_id=seen["model_id"])
    assert (await house.until(again, "MATCHING"))["category"] == "oven"
    history = await house.workflow(filed).fetch_history()
    assert model["name"] not in str(history.to_json()), "words travel sealed"


async def test_other_open_tickets_with_the_same_words_are_offered_and_linked(house: House) -> None:
    model = made_up()
    words = f"{model['brand']} {model['name']}"
    first = await wrote(house, words)
    same = await wrote(house, words.upper().replace(" ", "-"))
    other = await wrote(house, f"{words} XL")
    gone = await wrote(house, words)
    await house.expect("customer", "POST", f"/tickets/{gone}/cancel", {})
    await house.until(gone, "CANCELLED")
    resolved = await resolve(house, first, {"create": model})
    assert [t["id"] for t in resolved["same_words"]] == [same]
    path, body = f"/tickets/{first}/model-resolution/links", {"ticket_ids": [same, other]}
    for _ in range(2):
        linked = await house.expect("helpdesk", "POST", path, body)
        assert linked["results"] == [
            {"id": same, "effect": "linked", "code": None},
            {"id": other, "effect": "refused", "code": "words-differ"},
        ]
    assert (await rest(house, same))["model_id"] == resolved["model"]["id"]
    assert (await rest(house, other))["model_id"] is None
    events = [e["type"] for e in await house.timeline(same)]
    assert events.count("ticket.enriched") == 1
    assert (await resolve(house, first, {"create": model}))["same_words"] == []


async def test_a_model_that_is_there_under_that_name_is_taken(house: House) -> None:
    filed = await wrote(house, "bosch kgn 39")
    create = {"brand": "BOSCH", "name": "kgn-39 vleb", "category": "refrigerator"}
    resolved = await resolve(house, filed, {"create": create})
    assert resolved["model"]["id"] == FRIDGE
    filed = await wrote(house, "the cold one")
    assert (await resolve(house, filed, {"model_id": FRIDGE}))["model"]["brand"] == "Bosch"


async def test_an_expert_says_which_it_is_once_they_stand_before_it(house: House) -> None:
    filed = await house.file(model_id=None, model_text="Quux Frost", category="refrigerator")
    visit = (await house.until(filed, "MATCHING"))["visits"][0]["id"]
    expert = hire(house, "refrigeration")
    await house.propose(visit, expert)
    await house.until(filed, "SCHEDULED")
    path, body = f"/tickets/{filed}/model-resolution", {"model_id": FRIDGE}
    refused(await house.ask(expert, "POST", path, body), 403, "not-on-site")
    for kind in ("acknowledged", "en_route", "on_site"):
        await house.report(visit, kind, expert)
    resolved = await resolve(house, filed, body, expert)
    assert resolved["same_words"] == []
    assert (await rest(house, filed))["model_id"] == FRIDGE
    stranger = hire(house, "refrigeration")
    refused(await house.ask(stranger, "POST", path, body), 404, "ticket-unknown")


async def test_what_is_no_model_is_refused_and_nothing_is_created(house: House) -> None:
    filed = await wrote(house, "Quux Frost 9")
    before = (await rest(house, filed))["seq"]
    path, model = f"/tickets/{filed}/model-resolution", made_up()
    for body, code, pointer in (
        ({}, "model-missing", ()),
        ({"create": model, "model_id": FRIDGE}, "model-twice", ("/create",)),
        ({"model_id": "mod_nothing"}, "model-unknown", ("/model_id",)),
        ({"create": model | {"category": "ship"}}, "category-unknown", ("/create/category",)),
        (
            {"create": model | {"name": "call +4930901820001"}},
            "model-name-personal",
            ("/create/name",),
        ),
    ):
        refused(await house.ask("helpdesk", "POST", path, body), 422, code, *pointer)
    links = {"ticket_ids": [filed]}
    refused(await house.ask("helpdesk", "POST", f"{path}/links", links), 409, "model-unresolved")
    assert (await house.ticket(filed))["seq"] == before
