"""The database says what the tickets say, whatever was written into it in between."""

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from models.db.repositories.recorder import record_ticket
from models.messages.ticket import AddVisit, CancelTicket, Propose, RecordTicket
from models.rules import closing, grouping, intake, proposing, recording
from models.rules.transitions import status_of
from models.ticket import Ticket
from models.visit import Position
from tests.house import House
from tests.ticket_desk import CUSTOMER
from tests.workflows.company import bare, between, hire, rest, waiting
from tests.workflows.company import parting as parting
from workflows.ticket import TicketWorkflow

NOON, LATER = between(8, 20), between(8, 20, 21)


def proposed(ticket: Ticket, expert: str) -> Ticket:
    offer = Propose(
        proposal_id=f"prp_{uuid.uuid4()}",
        visit_id=ticket.visits[0].id,
        expert_id=expert,
        windows=ticket.slots,
        by=CUSTOMER,
    )
    return proposing.proposed(ticket, offer, datetime.now(UTC))


def with_a_visit(ticket: Ticket, _: str) -> Ticket:
    new = AddVisit(
        duration=ticket.visits[0].duration,
        positions=(Position(idx=0, skill="plumbing", min_level=1),),
        by=CUSTOMER,
    )
    ids = intake.next_ids(ticket)
    return grouping.with_visit_added(ticket, new, *ids, datetime.now(UTC))


def cancelled(ticket: Ticket, _: str) -> Ticket:
    return closing.cancelled(ticket, CancelTicket(by=CUSTOMER), datetime.now(UTC))


STEPS = {
    "an offer": [proposed],
    "a visit": [with_a_visit],
    "a cancellation": [cancelled],
    "an offer and another visit": [proposed, with_a_visit],
    "another visit and a cancellation": [with_a_visit, cancelled],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
async def test_a_step_that_never_was_gives_way_to_what_is(house: House, steps: list[Any]) -> None:
    """As if a worker had died between its write and its word to Temporal."""
    expert = hire(house, "refrigeration", "plumbing")
    ticket_id, _ = await waiting(house, NOON)
    known = imagined = await ticket_of(house, ticket_id)
    for step in steps:
        imagined = step(imagined, bare(expert))
    assert write(house, imagined, known) is None
    assert parts(house, ticket_id) != told_by(known)

    slots = {"slots": [LATER]}
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", slots)
    row = await rest(house, ticket_id)
    now = await ticket_of(house, ticket_id)
    assert row["status"] == "MATCHING"
    assert parts(house, ticket_id) == told_by(now)
    assert await numbers(house, ticket_id) == list(range(1, now.seq + 1))
    types = [entry["type"] for entry in await house.timeline(ticket_id)]
    assert "slots.changed" in types
    assert not {"proposal.posted", "visit.added", "ticket.cancelled"} & set(types)


async def test_a_row_of_yesterday_is_put_right_by_the_next_event(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update tickets set seq = 1, status = 'RECEIVED', round = 7 where id = %s", (ticket_id,)
        )
        session.execute("delete from visits where ticket_id = %s", (ticket_id,))
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    row = await house.until(ticket_id, "CANCELLED")
    assert (row["round"], len(row["visits"])) == (1, 1)


async def test_what_is_written_twice_is_written_once(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    known = await ticket_of(house, ticket_id)
    imagined = cancelled(known, "")
    assert write(house, imagined, known) is None
    assert write(house, imagined, known) is None
    assert write(house, cancelled(with_a_visit(known, ""), ""), known) == imagined.seq


async def ticket_of(house: House, ticket_id: str) -> Ticket:
    ticket: Ticket = await house.workflow(ticket_id).query(TicketWorkflow.ticket)
    return ticket


def write(house: House, ticket: Ticket, known: Ticket) -> int | None:
    record = RecordTicket(
        ticket=recording.changed_since(ticket, known), status=status_of(ticket), timers=()
    )
    return record_ticket(house.database, record, [])


def parts(house: House, ticket_id: str) -> list[Any]:
    """The number of the last event, and the visits, groups and proposals with their states."""
    with psycopg.connect(house.database_url) as session:
        return [
            session.execute(question, (ticket_id,)).fetchall()
            for question in (
                "select seq, status from tickets where id = %s",
                "select id, state from visits where ticket_id = %s order by seq",
                "select id, match_state from visit_groups where ticket_id = %s order by id",
                "select id, state from proposals where ticket_id = %s order by id",
            )
        ]


def told_by(ticket: Ticket) -> list[Any]:
    """The same as the ticket has it."""
    return [
        [(ticket.seq, status_of(ticket))],
        [(v.id, v.state) for v in ticket.visits],
        sorted((g.id, g.match_state) for g in ticket.groups),
        sorted((p.id, p.state) for p in ticket.proposals),
    ]


async def numbers(house: House, ticket_id: str) -> list[int]:
    with psycopg.connect(house.database_url) as session:
        rows = session.execute(
            "select seq from events where aggregate = %s order by seq", (ticket_id,)
        ).fetchall()
    return [row[0] for row in rows]
