"""Nobody is there a while after the start: the customer hears of it once, and honestly."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.gateways.message.folder import FolderMessages
from activities.message.delivery import Delivery
from activities.message.office import Office
from models.geography import Spot, travel_time
from models.message.notification import MessageChannel
from tests.api.people.roads import BERLIN
from tests.api.visit.test_reports import booked, taken
from tests.house import House
from tests.workflows.company import HOME, hire, rows, told
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    buttons,
    decide,
    details,
    open_question,
    shown,
)

NEAR = (52.51, 13.4222)
"""A quarter of an hour away: who set out was to be there before they are late."""
LATE = timedelta(minutes=15)
"""After the start, somebody is late."""
FINDING_OUT = "Wir klären, warum"


async def on_the_road(house: House, *reports: str) -> tuple[str, str, str, datetime]:
    """A ticket whose visit begins soon, the visit, who comes from nearby, and when it begins."""
    visit, who = await booked(house, expert=hire(house, "refrigeration", home=NEAR))
    for report in ("acknowledged", *reports):
        await taken(house, visit, who, report)
    [row] = rows(house, "select ticket_id, start_at from visits where id = %s", visit)
    return row["ticket_id"], visit, who, row["start_at"]


async def delivered(house: House, folder: Path, number: str, at: datetime) -> list[str]:
    """The letters about a ticket that a relay sends which lives at another time than we."""
    gateways = {channel: FolderMessages(folder, channel.value) for channel in MessageChannel}
    office = Office(
        "http://api.example",
        "http://desk.example",
        "h@example.org",
        house.surveys,
        offers=house.services.offers,
        visit_links=house.services.visit_links,
        start_codes=house.services.start_codes,
    )
    relay = Delivery(house.database, gateways, office, lambda: at)

    def work() -> None:
        relay.take_up()
        while relay.deliver_due():
            pass

    await asyncio.to_thread(work)
    sent = (path.read_text("utf-8") for path in folder.glob("*/*.txt"))
    return [text for text in sent if number in text and "verspätet" in text]


async def late(house: House, ticket_id: str, start: datetime) -> Any:
    """Time passes until somebody is late; the question that is asked then."""
    await house.later(ticket_id, start + LATE + timedelta(minutes=1) - datetime.now(UTC))
    asked = await open_question(house, ticket_id, "LATE_START", 1)

    async def written() -> Any:
        return await told(house, ticket_id, "visit.running_late")

    assert len(await house.soon(written, "the word that they are late")) == 1
    return asked


@pytest.mark.parametrize("reports", [("en_route",), ()], ids=["on the way", "silent"])
async def test_the_customer_hears_when_a_late_expert_comes_or_that_it_is_found_out(
    house: House, tmp_path: Path, reports: tuple[str, ...]
) -> None:
    ticket_id, visit, who, start = await on_the_road(house, *reports)
    asked = await late(house, ticket_id, start)
    number = (await house.ticket(ticket_id))["number"]
    for _ in range(2):
        [letter] = await delivered(house, tmp_path, number, start + 2 * LATE)
    if reports:
        way = travel_time(Spot(lat=NEAR[0], lng=NEAR[1]), Spot(lat=HOME[0], lng=HOME[1]))
        there = (start + LATE + way).astimezone(BERLIN)
        assert f"gegen {there:%H:%M}" in letter
        eta = (await house.ticket(ticket_id, "customer"))["visits"][0]["eta"]
        said = datetime.fromisoformat(eta["at"])
        assert start + LATE + way <= said < start + LATE + way + timedelta(seconds=5)
    else:
        assert FINDING_OUT in letter
        assert f"{start.astimezone(BERLIN):%H:%M}" in letter
    assert "SENT" in [n["state"] for n in await late_news(house, ticket_id)]
    await taken(house, visit, who, "on_site")
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    assert len(await told(house, ticket_id, "visit.running_late")) == 1


async def late_news(house: House, ticket_id: str) -> list[dict[str, Any]]:
    """How the word that somebody is late stands."""
    return rows(
        house,
        "select state from notifications where template = 'visit.running_late' and ticket_id = %s",
        ticket_id,
    )


async def test_who_comes_before_the_letter_is_out_is_not_late_to_anybody(
    house: House, tmp_path: Path
) -> None:
    ticket_id, visit, who, start = await on_the_road(house, "en_route")
    await late(house, ticket_id, start)
    await taken(house, visit, who, "on_site")
    number = (await house.ticket(ticket_id))["number"]
    assert await delivered(house, tmp_path, number, start + 2 * LATE) == []


async def test_of_whom_nothing_is_heard_it_is_asked_again_when_it_should_be_over(
    house: House,
) -> None:
    ticket_id, visit, _, start = await on_the_road(house)
    [row] = rows(house, "select end_at from assignments where visit_id = %s", visit)
    over = row["end_at"] + timedelta(hours=1)
    asked = await late(house, ticket_id, start)
    # As long as that is asked, it is the one question about the one silence.
    await house.later(ticket_id, over - timedelta(minutes=10) - datetime.now(UTC))
    live = [r for r in await shown(house, ticket_id) if r["state"] == "OPEN"]
    assert [r["reason"] for r in live] == ["LATE_START"]
    await decide(asked, ANA, "1_remind")
    assert (await asked.result())["action"] == "remind"
    await house.later(ticket_id, timedelta(minutes=12))
    asked = await open_question(house, ticket_id, "OVERRUN", 1)
    live = [r for r in await shown(house, ticket_id) if r["state"] == "OPEN"]
    assert [r["reason"] for r in live] == ["OVERRUN"]

    async def ready() -> bool:
        return "2_it_is_done" in await buttons(asked) and "1_more_time" not in await buttons(asked)

    await house.soon(ready, "what may be decided of who was not there")
    assert "nothing was heard of it" in await details(asked)
    await decide(asked, ANA, "2_it_is_done")
    assert (await asked.result())["action"] == "it_is_done"
    assert (await house.ticket(ticket_id))["visits"][0]["state"] == "COMPLETED"
