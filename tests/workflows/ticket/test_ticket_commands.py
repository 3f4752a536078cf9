"""What a ticket refuses, it refuses for a stated reason, and nothing changes."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.rules.transitions import ALLOWED, TicketCommand
from models.ticket import TicketStatus
from tests.house import House, days
from tests.workflows.asking import (
    Made,
    asked,
    at_rest,
    in_cancelled,
    in_closed,
    in_completed,
    in_matching,
    in_progress,
    in_review,
    in_scheduled,
    standing,
)

OPEN: Mapping[TicketStatus, Made] = {
    TicketStatus.REVIEW: in_review,
    TicketStatus.MATCHING: in_matching,
    TicketStatus.SCHEDULED: in_scheduled,
    TicketStatus.IN_PROGRESS: in_progress,
    TicketStatus.COMPLETED: in_completed,
}
"""Every status that lasts; RECEIVED lasts a moment, and the rules' own tests try it."""
ENDED: Mapping[TicketStatus, Made] = {
    TicketStatus.CLOSED: in_closed,
    TicketStatus.CANCELLED: in_cancelled,
}
REFUSED = [
    (status, command)
    for status in OPEN
    for command in TicketCommand
    if command not in ALLOWED[status]
]


@pytest.fixture(scope="module")
def made() -> dict[TicketStatus, Any]:
    """A ticket in each status, made when first asked for: what is refused leaves it as it was."""
    return {}


async def ticket_in(status: TicketStatus, house: House, made: dict[TicketStatus, Any]) -> Any:
    if status not in made:
        ticket = await (OPEN | ENDED)[status](house)
        made[status] = ticket if status.is_final else await at_rest(house, ticket["id"])
    assert made[status]["status"] == status
    return made[status]


def test_every_status_is_tried() -> None:
    assert set(OPEN) | set(ENDED) | {TicketStatus.RECEIVED} == set(TicketStatus)


@pytest.mark.parametrize(("status", "command"), REFUSED)
async def test_a_command_out_of_place_is_refused_and_changes_nothing(
    house: House, made: dict[TicketStatus, Any], status: TicketStatus, command: TicketCommand
) -> None:
    ticket = await ticket_in(status, house, made)
    before = await standing(house, ticket["id"])
    answer = await asked(house, ticket, command)
    assert (answer.status, answer.code) == (409, "illegal-transition")
    visit_settled = {"state": ticket["visits"][-1]["state"], "allowed": []}
    expected = {"state": status, "allowed": [str(c) for c in ALLOWED[status]]}
    assert answer.evidence in (
        [expected, visit_settled] if command is TicketCommand.PROPOSE else [expected]
    )
    assert await standing(house, ticket["id"]) == before


@pytest.mark.parametrize("command", TicketCommand)
@pytest.mark.parametrize("status", ENDED)
async def test_a_ticket_that_has_ended_takes_no_command(
    house: House, made: dict[TicketStatus, Any], status: TicketStatus, command: TicketCommand
) -> None:
    ticket = await ticket_in(status, house, made)
    answer = await asked(house, ticket, command)
    assert (answer.status, answer.code) == (409, "ticket-closed")
    assert await house.ticket(ticket["id"]) == ticket


async def test_nobody_makes_a_proposal_for_a_settled_visit(house: House) -> None:
    ticket = await in_scheduled(house)
    visit = ticket["visits"][0]["id"]
    await at_rest(house, ticket["id"])
    before = await standing(house, ticket["id"])
    refused = await house.ask(
        "expert", "POST", f"/visits/{visit}/proposals", {"windows": days(30, 3)}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal-transition")
    assert refused.json()["evidence"]["state"] == "SCHEDULED"
    assert await standing(house, ticket["id"]) == before


async def test_only_the_helpdesk_cancels_once_an_expert_is_under_way(house: House) -> None:
    ticket = await in_progress(house)
    path = f"/tickets/{ticket['id']}/cancel"
    refused = await house.ask("customer", "POST", path, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "helpdesk-only")
    await house.expect("helpdesk", "POST", path, {"reason": "The street is flooded."})
    await house.until(ticket["id"], "CANCELLED")


async def test_a_ticket_can_be_given_up_in_the_moment_it_was_filed(house: House) -> None:
    ticket_id = await house.file()
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    cancelled = [e for e in await house.timeline(ticket_id) if e["type"] == "ticket.cancelled"]
    assert len(cancelled) == 1


async def test_the_same_command_under_one_key_has_one_effect(house: House) -> None:
    ticket = await in_completed(house)
    path = f"/tickets/{ticket['id']}/reopen"
    again = {"slots": days(30, 3), "reason": "It hums again."}
    key = {"Idempotency-Key": "reopen-once"}
    first = await house.ask("customer", "POST", path, again, **key)
    second = await house.ask("customer", "POST", path, again, **key)
    assert first.is_success
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (await house.until(ticket["id"], "MATCHING"))["round"] == 2
