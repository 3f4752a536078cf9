"""A visit that somebody moves while nobody can see to it: it is accepted, and moved later, or it is
told why not."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.api.intake.outage import DATABASE, ENGINE, asked, without
from tests.api.intake.test_refused_later import log_of, timeline, told
from tests.house import House, days
from tests.workflows.company import between, waiting
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.long
WANTED = {"slots": [between(9, 12, 31)]}
AWAY = pytest.mark.parametrize(
    "away", [(DATABASE,), (ENGINE,), (ENGINE, DATABASE)], ids=["database", "engine", "both"]
)


async def all_done(house: House, *logs: Path) -> None:
    async def done() -> bool:
        return not any(map(log_of, logs))

    await house.soon(done, "what was kept")


@AWAY
async def test_a_visit_that_its_customer_moves_in_an_outage_moves_once_when_it_is_over(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    ticket_id, visit = await waiting(house, between(8, 20, 30))
    path, key = f"/visits/{visit}/reschedule", str(uuid.uuid4())
    async with without(house, tmp_path / "log", *away) as (http, outage):
        for _ in "12":
            answer = await asked(house, http, "customer", "POST", path, WANTED, key)
            assert answer.status_code == 202, answer.text
            assert answer.json() == {"visit_id": visit, "effect": "accepted"}
        why = {**WANTED, "reason": "They called: they are away that day."}
        answer = await asked(house, http, "helpdesk", "POST", path, why)
        assert answer.status_code == 202, answer.text
        await outage.mend()
        await all_done(house, tmp_path / "log")
        final = await asked(house, http, "customer", "POST", path, WANTED, key)
        assert final.status_code == 200, final.text
        assert final.json()["id"] == ticket_id
    happened = await timeline(house, ticket_id, "visit.move_asked")
    assert [e["actor_role"] for e in happened] == ["customer", "helpdesk"]
    assert happened[1]["data"]["note"] == why["reason"]
    assert await told(house, ticket_id) == []
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


@AWAY
async def test_a_move_that_is_refused_later_is_told_to_its_customer_once_and_not_of_a_stranger(
    house: House, tmp_path: Path, away: tuple[str, ...]
) -> None:
    ticket_id, visit = await waiting(house, between(8, 20, 30))
    path, key = f"/visits/{visit}/reschedule", str(uuid.uuid4())
    nowhere = f"/visits/vis_{uuid.uuid4()}/reschedule"
    past = {"slots": days(-2, 1)}
    if DATABASE not in away:
        past = {"slots": [between(8, 8.25, 30)]}
    logs = tmp_path / "log", tmp_path / "other"
    async with (
        without(house, logs[0], *away) as (http, outage),
        without(house, logs[1], *away) as (other, another),
    ):
        for process in (http, other, http):
            answer = await asked(house, process, "customer", "POST", path, past, key)
            assert answer.status_code == 202, answer.text
        if DATABASE in away:
            stranger = f"customer:cus_{uuid.uuid4()}"
            for who, where in ((stranger, path), ("customer", nowhere)):
                answer = await asked(house, http, who, "POST", where, past)
                assert answer.status_code == 202, answer.text
        await outage.mend()
        await another.mend()

        async def letter() -> Any:
            return await told(house, ticket_id)

        await house.soon(letter, "the letter")
        await all_done(house, *logs)
    assert len(await told(house, ticket_id)) == 1
    [entry] = await timeline(house, ticket_id, "request.refused", "customer")
    code = "slot-in-the-past" if DATABASE in away else "slot-too-short"
    assert entry["data"] == {"asked": "move_visit", "refusal": code, "theirs": True}
    number = (await house.ticket(ticket_id))["number"]

    async def written() -> Any:
        letters = [" ".join(letter.split()) for letter in house.letters()]
        return [w for w in letters if f"Ticket {number}: die Verlegung Ihres Termins" in w]

    [words] = await house.soon(written, "the words")
    assert "Der Grund: eine der Zeiten passte nicht mehr." in words
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
