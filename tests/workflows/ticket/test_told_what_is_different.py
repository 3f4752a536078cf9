"""One change, one message a person, which says what is different now: over HTTP, with a relay that
tells at once."""

from typing import Any

import pytest

from tests.house import House
from tests.workflows.company import (
    DAY,
    add,
    after,
    bare,
    between,
    hire,
    rest,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.escalation.escalating import matched_anew

pytestmark = pytest.mark.long


REMINDER = ".due_in_"


async def settled(house: House, ticket_id: str) -> list[Any]:
    """Every notification of a ticket, once nothing waits but reminders."""
    await rest(house, ticket_id)

    async def all_told() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
        now = [n for n in page["items"] if REMINDER not in n["template"]]
        return [] if any(n["state"] == "QUEUED" for n in now) else now

    found: list[Any] = await house.soon(all_told, "nothing to wait", seconds=30)
    return found


def heard(told: list[Any], who: str) -> list[str]:
    """By which texts somebody was really told, in the order in which it happened."""
    mine = [n for n in told if n["recipient_id"] == who and n["state"] == "SENT"]
    return [n["template"] for n in sorted(mine, key=lambda n: n["due_at"])]


async def chain(house: House, *who: str) -> tuple[str, str, list[str]]:
    """A ticket with two visits in a row, booked with one expert each, or the same; its customer;
    its visits."""
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first))
    for visit, expert in zip((first, second), who, strict=True):
        await house.propose(visit, expert, [between(8, 20), between(8, 20, DAY + 1)])
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    await settled(house, ticket_id)
    ticket = await house.ticket(ticket_id)
    return ticket_id, ticket["customer_id"], [first, second]


async def test_cancelling_a_chain_tells_its_expert_once(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, customer, _ = await chain(house, expert, expert)
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    told = await settled(house, ticket_id)
    assert heard(told, bare(expert))[-2:] == ["proposal.selected", "assignment.cancelled"]
    assert heard(told, customer)[-2:] == ["visit.scheduled", "ticket.cancelled"]
    [letter] = [n for n in told if n["template"] == "assignment.cancelled"]
    assert " + V2 " in (house.outbox / "email" / f"{letter['id']}.txt").read_text("utf-8")


async def test_moving_a_chain_tells_each_person_its_new_times_and_nothing_else(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, customer, _ = await chain(house, expert, expert)
    await times(house, ticket_id, between(8, 20, DAY + 1))
    told = await settled(house, ticket_id)
    assert heard(told, customer)[-2:] == ["visit.scheduled", "visit.scheduled"]
    assert heard(told, bare(expert))[-2:] == ["proposal.selected", "proposal.selected"]
    texts = {n["id"]: n for n in told if n["template"] == "visit.scheduled"}
    letters = [(house.outbox / "sms" / f"{n}.txt") for n in texts]
    words = [path.read_text("utf-8") for path in letters if path.exists()]
    words += [
        path.read_text("utf-8")
        for n in texts
        if (path := house.outbox / "email" / f"{n}.txt").exists()
    ]
    assert any("Neuer Termin" in text or "has changed" in text for text in words), words
    struck = [n for n in told if n["template"] in ("visit.cancelled", "assignment.cancelled")]
    assert {(n["state"], n["suppressed"]) for n in struck} == {("SUPPRESSED", "overtaken")}
    assert len(struck) == 2, "one a person, however many visits"


async def test_a_release_that_is_not_booked_again_is_told_once(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, customer, _ = await chain(house, expert, expert)
    await times(house, ticket_id, between(8, 20, DAY + 5))
    told = await settled(house, ticket_id)
    assert heard(told, customer)[-2:] == ["visit.scheduled", "visit.cancelled"]
    assert heard(told, bare(expert))[-2:] == ["proposal.selected", "assignment.cancelled"]


async def test_when_one_of_two_withdraws_the_colleague_who_stays_hears_that_they_stay(
    house: House,
) -> None:
    ann, ben, cat = (hire(house, "refrigeration") for _ in range(3))
    ticket_id, first = await waiting(house)
    joint = await add(house, ticket_id, "refrigeration", "refrigeration")
    await house.propose(first, ann, [between(8, 12)])
    posted = {}
    for expert in (ann, ben, cat):
        posted[expert] = (await house.propose(joint, expert, [between(14, 20)]))["id"]
    await times(house, ticket_id, between(8, 20))
    await house.until(ticket_id, "SCHEDULED")
    customer = (await house.ticket(ticket_id))["customer_id"]
    before = await settled(house, ticket_id)
    await house.expect(ben, "DELETE", f"/proposals/{posted[ben]}")
    await matched_anew(house, ticket_id, 2)
    await house.until(ticket_id, "SCHEDULED")
    told = await settled(house, ticket_id)

    def since(who: str) -> list[str]:
        return heard(told, who)[len(heard(before, who)) :]

    assert since(bare(ann)) == ["proposal.selected"]
    assert since(bare(ben)) == ["assignment.cancelled"]
    assert since(bare(cat)) == ["proposal.selected"]
    assert since(customer) == ["visit.scheduled"]
    kept = _letter(house, told, bare(ann))
    assert "still yours" in kept, kept
    assert "es kommt Jo Doe, Jo Doe" in _letter(house, told, customer)


async def test_four_reports_at_once_tell_the_customer_that_it_is_done_and_nothing_before(
    house: House,
) -> None:
    ticket = await house.scheduled()
    before = await settled(house, ticket["id"])
    visit, customer = ticket["visits"][0]["id"], ticket["customer_id"]
    for kind in ("en_route", "on_site", "started", "completed"):
        await house.report(visit, kind)
    told = await settled(house, ticket["id"])
    [way] = [n for n in told if n["template"] == "visit.on_the_way"]
    assert (way["state"], way["suppressed"]) == ("SUPPRESSED", "overtaken")
    since = heard(told, customer)[len(heard(before, customer)) :]
    assert "ticket.completed" in since
    assert not {"visit.on_the_way", "visit.scheduled"} & set(since)


def _letter(house: House, told: list[Any], who: str) -> str:
    """The last letter that somebody got."""
    mine = [n for n in told if n["recipient_id"] == who and n["state"] == "SENT"]
    last = max(mine, key=lambda n: n["due_at"])["id"]
    [path] = house.outbox.glob(f"*/{last}.txt")
    return path.read_text("utf-8")
