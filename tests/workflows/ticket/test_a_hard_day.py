"""One ticket, three visits that wait for each other, and a day on which everything goes wrong."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import between, crew, hour, rows
from tests.workflows.escalation.escalating import Asked, known, policy
from tests.workflows.hard_day import (
    Chain,
    booked,
    chained,
    finished,
    lacking_parts,
    moved,
    overran,
    replaced,
    shut_out,
)
from workers.tools.invariants import Premises, check

pytestmark = pytest.mark.long

FEE = 1500
STORY = """
pia visit.acknowledged, pia visit.en_route, pia visit.on_site, pia visit.started,
pia visit.need_more_time, pia visit.extended, pia assignment.extended,
pia visit.changed, pia assignment.shifted, pia visit.changed, pia assignment.shifted,
pia visit.completed,
eli visit.acknowledged, eli visit.cannot_arrive,
usr expert.assigned, usr assignment.released, usr visit.changed,
ella visit.acknowledged, ella visit.en_route, ella visit.on_site, ella visit.started,
ella visit.completed,
rob visit.acknowledged, rob visit.en_route, rob visit.on_site, rob visit.cannot_enter,
system visit.door_closed, system visit.door_wait_over,
usr visit.no_show, usr visit.released, usr assignment.released,
system group.reopened, system proposal.reactivated,
system group.finalised, system visit.scheduled, system proposal.selected,
rob visit.acknowledged, rob visit.en_route, rob visit.on_site, rob visit.started,
rob visit.incomplete, system visit.opened, system group.reopened, rob follow_up.planned,
system visit.offered_first,
rob proposal.posted, system group.finalised, system visit.scheduled, system proposal.selected,
rob visit.acknowledged, rob visit.en_route, rob visit.on_site, rob visit.started,
rob visit.completed, system ticket.completed
"""
"""What the ticket tells from the first report on, to be read aloud."""
BESIDE = ("escalation.", "invoice.", "billing.")
"""What others than the ticket write down, each in their own time."""
TOLD = {
    "ticket.received": "cus",
    "proposal.selected": "pia eli rob rob rob",
    "visit.scheduled": "cus cus cus",
    "visit.on_the_way": "cus cus cus cus cus",
    "assignment.extended": "pia",
    "assignment.shifted": "eli rob",
    "visit.changed": "cus cus",
    "expert.assigned": "ella",
    "assignment.cancelled": "eli rob",
    "visit.at_the_door": "cus",
    "visit.at_the_door_too": "cus",
    "assignment.may_leave": "rob",
    "visit.cancelled": "cus",
    "follow_up.planned": "cus",
    "visit.open_first": "rob",
    "ticket.completed": "cus",
    "invoice.issued": "cus",
    "escalation.opened": "helpdesk helpdesk",
    "escalation.stepped": "manager",
}
"""Who is told what: once for each of three bookings, five journeys, two changes, two questions."""


async def test_a_day_on_which_everything_goes_wrong_is_told_once_and_billed(
    postgres_url: str, tmp_path: Path
) -> None:
    with scratch_database(postgres_url) as url:
        async with scratch_temporal() as server, living_house(server, url, tmp_path) as house:
            async with (
                policy(house, "door_wait", "PT2S", "PT15M"),
                policy(house, "no_show_fee", FEE, 0),
            ):
                chain = await chained(house, between(8, 20), between(8, 20, 22))
            assert spans(await booked(chain)) == [(10, 11.5), (8, 9), (9, 10)]
            later = spans(await overran(chain))
            assert later == [(11.25, 12.75), (8, 10.25), (10.25, 11.25)], "no more than they must"
            seen = (await replaced(chain))["visits"][1:]
            assert [crew(v) for v in seen] == [[chain.pia], [chain.ella]]
            assert spans({"visits": seen}) == later[1:], "a new one comes when the old one was to"
            asked = await shut_out(chain, datetime.now(UTC).isoformat())
            await house.soon(lambda: stepped(asked), "the next level")
            await moved(chain, asked)
            ticket, [bill] = await finished(chain, await lacking_parts(chain, eta_day=21))

            assert hour(ticket["visits"][3]["start"], 22) == 8, "its part is there by then"
            states = [v["state"] for v in ticket["visits"]]
            assert states == ["INCOMPLETE", "COMPLETED", "COMPLETED", "COMPLETED"]
            lines = [(line["kind"], line["amount"]["amount"]) for line in bill["lines"]]
            assert (bill["total"], lines) == (FEE, [("covered", 0), ("no_show", FEE)])
            assert earned(chain) == Counter(pia=1, ella=1, rob=2), "nobody for a closed door"
            assert await told_of(chain) == [tuple(s.split()) for s in STORY.split(",")]
            wanted = [(who, news) for news, all_ in TOLD.items() for who in all_.split()]
            assert chain.told() == Counter(wanted)
            assert await check(Premises(house.env.client, house.database))


async def stepped(asked: Asked) -> bool:
    """Whether the next level is asked."""
    return (await known(asked)).level > 1


def spans(ticket: Any) -> list[tuple[float, float]]:
    """From when to when its visits are, by the hour of their first day."""
    return [(hour(v["start"]), hour(v["end"])) for v in ticket["visits"]]


def earned(chain: Chain) -> Counter[str]:
    """For how many visits each is paid."""
    query = "select expert_id from earnings where ticket_id = %s and payout > 0"
    return Counter(
        chain.named(row["expert_id"]) for row in rows(chain.house, query, chain.ticket_id)
    )


async def told_of(chain: Chain) -> list[tuple[str, ...]]:
    """What the ticket tells from the first report on."""
    own = [(who, what) for who, what in await chain.happened() if not what.startswith(BESIDE)]
    return list(own[own.index(("pia", "visit.acknowledged")) :])
