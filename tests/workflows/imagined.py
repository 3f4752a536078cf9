"""Steps of a ticket that never were, written into the database as if they had been."""

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg

from models.db.ticket.recorder import record_ticket
from models.messages.matching import Propose
from models.messages.ticket import CancelTicket, RecordTicket
from models.messages.visit import AddVisit
from models.rules.matching import proposing
from models.rules.ticket import closing, recording
from models.rules.transitions import status_of
from models.rules.visit import grouping, opening
from models.ticket import Ticket
from models.visit import Position
from tests.house import House
from tests.ticket_desk import CUSTOMER
from workflows.ticket.story import TicketWorkflow


def proposed(ticket: Ticket, expert: str) -> Ticket:
    """The ticket with an offer that it never had."""
    offer = Propose(
        proposal_id=f"prp_{uuid.uuid4()}",
        visit_id=ticket.visits[0].id,
        expert_id=expert,
        windows=ticket.filing.slots,
        by=CUSTOMER,
    )
    return proposing.proposed(ticket, offer, datetime.now(UTC))


def with_a_visit(ticket: Ticket, _: str) -> Ticket:
    """The ticket with a visit that it never had."""
    new = AddVisit(
        duration=ticket.visits[0].duration,
        positions=(Position(idx=0, skill="plumbing", min_level=1),),
        by=CUSTOMER,
    )
    ids = opening.next_ids(ticket)
    return grouping.with_visit_added(ticket, new, *ids, datetime.now(UTC))


def cancelled(ticket: Ticket, _: str) -> Ticket:
    """The ticket given up, which it never was."""
    return closing.cancelled(ticket, CancelTicket(by=CUSTOMER), datetime.now(UTC))


async def ticket_of(house: House, ticket_id: str) -> Ticket:
    """What a ticket says of itself."""
    ticket: Ticket = await house.workflow(ticket_id).query(TicketWorkflow.ticket)
    return ticket


def recorded(
    ticket: Ticket, known: Ticket | None, over: str | None = None, *, tentative: bool = False
) -> RecordTicket:
    """What is written of a ticket whose projection has the state `known`, or the mark `over`."""
    before = known.mark if known else over or ""
    record = recording.record_of(ticket, known, (), before)
    return record.model_copy(update={"whole": over is not None, "tentative": tentative})


def write(house: House, ticket: Ticket, known: Ticket, *, tentative: bool = False) -> str | None:
    """As if a worker had died between its write and its word to Temporal."""
    return record_ticket(house.database, recorded(ticket, known, tentative=tentative), [])


def parts(house: House, ticket_id: str) -> list[Any]:
    """What stands in the house's database."""
    return standing(house.database_url, ticket_id)


def standing(url: str, ticket_id: str) -> list[Any]:
    """The number of the last event, and the visits, groups and proposals with their states."""
    with psycopg.connect(url) as session:
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
        sorted((g.id, g.match_state) for g in ticket.matching.groups),
        sorted((p.id, p.state) for p in ticket.matching.proposals),
    ]


async def numbers(house: House, ticket_id: str) -> list[int]:
    with psycopg.connect(house.database_url) as session:
        rows = session.execute(
            "select seq from events where aggregate = %s order by seq", (ticket_id,)
        ).fetchall()
    return [row[0] for row in rows]
