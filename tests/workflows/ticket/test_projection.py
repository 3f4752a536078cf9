"""The database says what the tickets say, whatever was written into it in between."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from models.catalogue.catalogue import FIRST_EXPERT_ID
from models.db.ticket.recorder import record_ticket
from models.message.notification import Intent
from models.ticket import Ticket
from tests.databases import database_of_its_own
from tests.house import House
from tests.ticket_desk import TicketDesk
from tests.workers.tools.planting import found_by
from tests.workflows.company import bare, between, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.imagined import (
    cancelled,
    numbers,
    parts,
    proposed,
    recorded,
    standing,
    ticket_of,
    told_by,
    with_a_visit,
    write,
)

NOON, LATER, SHORT = between(8, 20), between(8, 20, 21), between(8, 10, 25)


@pytest.fixture
def desk(postgres_url: str, tmp_path: Path) -> Iterator[TicketDesk]:
    with database_of_its_own(postgres_url) as url:
        opened = TicketDesk(url, tmp_path)
        yield opened
        opened.database.close()


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


@pytest.mark.parametrize("mark", ["", "of another time"])
async def test_whatever_mark_a_row_has_it_is_written_whole_and_nobody_is_set_free(
    house: House, mark: str
) -> None:
    """An older release, or a backup, left rows without a mark."""
    ticket_id, expert = await booked(house)
    with psycopg.connect(house.database_url) as session:
        session.execute("update tickets set mark = %s where id = %s", (mark, ticket_id))
    await acknowledged(house, ticket_id, expert)
    assert assignments(house, expert) == ["ACKNOWLEDGED"]
    assert parts(house, ticket_id) == told_by(await ticket_of(house, ticket_id))


async def test_a_row_of_yesterday_is_put_right_by_the_next_event(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update tickets set seq = 1, mark = 'of yesterday', status = 'RECEIVED', round = 7"
            " where id = %s",
            (ticket_id,),
        )
        session.execute("delete from visits where ticket_id = %s", (ticket_id,))
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    row = await house.until(ticket_id, "CANCELLED")
    assert (row["round"], len(row["visits"])) == (1, 1)


async def test_an_expert_whom_a_step_that_never_was_set_free_is_booked_again(house: House) -> None:
    ticket_id, expert = await booked(house)
    imagine_cancelled(house, await ticket_of(house, ticket_id))
    assert assignments(house, expert) == ["RELEASED"]
    await acknowledged(house, ticket_id, expert)
    assert assignments(house, expert) == ["ACKNOWLEDGED"]


async def test_an_expert_whom_another_ticket_has_taken_since_stays_there(house: House) -> None:
    ticket_id, expert = await booked(house)
    imagine_cancelled(house, await ticket_of(house, ticket_id))
    other, visit = await waiting(house, SHORT)
    await house.propose(visit, expert, [SHORT])
    await house.until(other, "SCHEDULED")
    await acknowledged(house, ticket_id, expert)
    assert sorted(assignments(house, expert)) == ["RELEASED", "RESERVED"]
    [group] = (await ticket_of(house, ticket_id)).matching.groups
    assert group.id in await found_by("I3", house)
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await rest(house, ticket_id)
    assert group.id not in await found_by("I3", house)


def test_what_never_was_is_not_told_if_nobody_was_told_yet(desk: TicketDesk) -> None:
    known = desk.matching()
    imagined = cancelled(known, "")
    untold = [of(imagined, known.seq + n) for n in (1, 2)]
    assert record_ticket(desk.database, recorded(imagined, known), untold) is None
    assert len(told(desk, known.id)) == 2

    real = proposed(known, FIRST_EXPERT_ID)
    stands = record_ticket(desk.database, recorded(real, known), [])
    assert stands == imagined.mark
    whole = recorded(real, None, over=stands)
    assert record_ticket(desk.database, whole, [of(real, real.seq)]) is None
    assert told(desk, known.id) == [of(real, real.seq).facts]


def test_a_whole_record_that_comes_late_changes_nothing(desk: TicketDesk) -> None:
    known = desk.matching()
    late = recorded(cancelled(known, ""), None, over=known.mark)
    real = proposed(known, FIRST_EXPERT_ID)
    assert record_ticket(desk.database, recorded(real, known), []) is None
    assert record_ticket(desk.database, late, []) == real.mark
    assert standing(desk.url, known.id) == told_by(real)


def test_what_is_written_twice_is_written_once(desk: TicketDesk) -> None:
    known = desk.matching()
    real, other = cancelled(known, ""), proposed(known, FIRST_EXPERT_ID)
    for _ in range(2):
        assert record_ticket(desk.database, recorded(real, known), []) is None
    assert record_ticket(desk.database, recorded(other, known), []) == real.mark


async def booked(house: House) -> tuple[str, str]:
    """A ticket whose visit fills the only hours of its expert."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, SHORT)
    await house.propose(visit, expert, [SHORT])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, expert


def imagine_cancelled(house: House, known: Ticket) -> None:
    assert write(house, cancelled(known, ""), known) is None


async def acknowledged(house: House, ticket_id: str, expert: str) -> None:
    [visit] = (await ticket_of(house, ticket_id)).visits
    await house.report(visit.id, "acknowledged", expert)
    assert (await rest(house, ticket_id))["status"] == "SCHEDULED"


def assignments(house: House, expert: str) -> list[str]:
    with psycopg.connect(house.database_url) as session:
        rows = session.execute(
            "select state from assignments where expert_id = %s", (bare(expert),)
        ).fetchall()
    return [row[0] for row in rows]


def of(ticket: Ticket, seq: int) -> Intent:
    """That the customer is to be told of an event."""
    [event] = [event for event in ticket.news if event.seq == seq]
    return Intent(
        event_id=event.id,
        recipient_role="customer",
        recipient_id=ticket.filing.customer_id,
        template="ticket.received",
        facts={"of": event.type},
    )


def told(desk: TicketDesk, ticket_id: str) -> list[Any]:
    """The facts of what is to be told, the first news of a ticket aside."""
    with psycopg.connect(desk.url) as session:
        rows = session.execute(
            "select facts from notifications where ticket_id = %s and facts ? 'of'", (ticket_id,)
        ).fetchall()
    return [row[0] for row in rows]
