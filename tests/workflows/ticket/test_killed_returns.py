"""The worker dies before or after time goes back, and before or after it is told: it goes back all
the same, and once."""

from typing import Any

import pytest

from models.ticket import Urgency
from temporal.failpoints import Failpoint
from tests.chaos.failpoints import Listener, Plan
from tests.databases import unhurried
from tests.house import House
from tests.workflows.company import at, bare, rows
from tests.workflows.ticket.test_killed_replacements import mortal as mortal
from tests.workflows.ticket.test_more_time import begun, booked, need, wrong_of
from tests.workflows.ticket.test_time_given_back import patient as patient
from tests.workflows.ticket.test_time_given_back import taking_back

pytestmark = pytest.mark.long

STEPS = [p for p in Failpoint if p.partition(".")[0] in ("return", "earlier")]


@pytest.fixture
def house(mortal: tuple[House, Listener]) -> House:
    """The one whose workers die."""
    house, _ = mortal
    unhurried(house.database, Urgency.NORMAL)
    return house


@pytest.mark.parametrize("point", STEPS)
async def test_time_goes_back_once_wherever_its_worker_dies(
    house: House, mortal: tuple[House, Listener], point: Failpoint
) -> None:
    _, listener = mortal
    ticket_id, first, anna, second, ben = await begun(house)
    granted = await need(house, first, anna, 105, "more")
    assert granted.status_code == 200, granted.text
    plan = listener.arm(Plan(point, ("worker",), ticket_id))
    await house.ask(anna, "POST", f"/visits/{first}/events", taking_back("more"))
    assert await plan.firing(1, 30), "it came by"

    async def told() -> Any:
        found = rows(
            house,
            """select template, recipient_id from notifications where ticket_id = %s
            and template in ('assignment.shortened', 'assignment.brought_forward')
            order by template""",
            ticket_id,
        )
        return [(n["template"], n["recipient_id"]) for n in found] if len(found) > 1 else None

    assert await house.soon(told, "what is told", seconds=60) == [
        ("assignment.brought_forward", bare(ben)),
        ("assignment.shortened", bare(anna)),
    ]
    assert booked(house, ticket_id) == {
        first: (at(12.5), at(14), at(14)),
        second: (at(16), at(17), at(17)),
    }
    assert wrong_of(house, ticket_id) == []
    kinds = "select count(*) as times from events where aggregate = %s and type = %s"
    [counted] = rows(house, kinds, ticket_id, "visit.time_given_back")
    assert counted["times"] == 1
