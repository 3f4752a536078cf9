"""Whatever is lost of what was accepted is found, put right where it can be, and else reported."""

import uuid
from datetime import timedelta
from typing import Any

import psycopg

from activities.intake.comparing import ComparingActivities
from models.messages.intake import ComparePage, Which
from tests.house import House
from tests.workers.tools.planting import found_by, gone
from tests.workflows.company import parting as parting
from tests.workflows.imagined import parts, ticket_of, told_by

MOST = 200
STRANGER = """insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round,
    slots, attention, timers, clocks, opened_at, fingerprint)
    select %(id)s, 0, status, customer_id, channel, urgency, coverage, round, slots, attention,
        timers, clocks, opened_at, {fingerprint}
    from tickets where id = %(like)s"""


async def test_a_ticket_whose_workflow_is_gone_is_started_again_from_what_was_accepted(
    house: House,
) -> None:
    ticket_id = await accepted(house)
    await gone(house, house.workflow(ticket_id))
    assert ticket_id in await found_by("I1", house)
    await look(house, Which.RECENT)
    [found] = await reported(house, ticket_id)
    assert found["fault"] == "lost"
    assert "started again" in found["detail"]
    await house.soon(lambda: told(house, ticket_id), "the ticket to be written down again")
    await whole_again(house, ticket_id)
    assert ticket_id not in await found_by("I1", house)
    kinds = [e["type"] for e in await house.timeline(ticket_id)]
    assert kinds.count("ticket.received") == 1


async def test_a_ticket_without_workflow_and_without_row_is_started_again(house: House) -> None:
    """As if both stores had lost it."""
    ticket_id = await accepted(house)
    await gone(house, house.workflow(ticket_id))
    remove(house, ticket_id, and_its_past=True)
    await look(house, Which.RECENT)
    assert await fault_of(house, ticket_id) == ["lost"]
    await house.until(ticket_id, "MATCHING")
    await whole_again(house, ticket_id)


async def test_a_lost_ticket_on_which_somebody_worked_is_left_to_a_person(house: House) -> None:
    """Begun again it would forget who is coming."""
    ticket = await house.scheduled()
    await listed(house, ticket["id"])
    await gone(house, house.workflow(ticket["id"]))
    await look(house, Which.RECENT)
    [found] = await reported(house, ticket["id"])
    assert found["fault"] == "lost"
    assert "cannot begin again" in found["detail"]
    assert "Call the customer" in found["remedy"]
    assert (await house.ticket(ticket["id"]))["status"] == "SCHEDULED", "what is known stays"
    await look(house, Which.FOUND)
    assert await fault_of(house, ticket["id"]) == ["lost"]


async def test_a_ticket_whose_workflow_was_terminated_is_reported(house: House) -> None:
    ticket_id = await accepted(house)
    await house.workflow(ticket_id).terminate("by mistake")
    await look(house, Which.RECENT)
    [found] = await reported(house, ticket_id)
    assert (found["fault"], "terminated" in found["detail"]) == ("lost", True)


async def test_a_row_that_is_gone_is_written_again_with_the_customers_words(house: House) -> None:
    ticket_id = await accepted(house, description="It drips.")
    known = await ticket_of(house, ticket_id)
    remove(house, ticket_id)
    assert f"ticket-{ticket_id.removeprefix('tkt_')}" in await found_by("I1", house)
    await look(house, Which.RECENT)
    assert await fault_of(house, ticket_id) == ["unwritten"]
    await house.soon(lambda: told(house, ticket_id), "the row")
    assert parts(house, ticket_id) == told_by(known)
    assert (await house.ticket(ticket_id))["description"] == "It drips."
    await whole_again(house, ticket_id)


async def test_an_altered_row_is_written_anew_by_its_ticket(house: House) -> None:
    ticket = await house.scheduled()
    await listed(house, ticket["id"])
    before = await house.ticket(ticket["id"])
    sql(house, "update tickets set status = 'CLOSED' where id = %s returning 1", ticket["id"])
    sql(house, "update visits set minutes = 5 where ticket_id = %s returning 1", ticket["id"])
    sql(house, "update tickets set fingerprint = 'x' where id = %s returning 1", ticket["id"])
    await look(house, Which.RECENT)
    [found] = await reported(house, ticket["id"])
    assert found["fault"] == "altered"
    for where in ("ticket status", "ticket fingerprint", f"visits {ticket['visits'][0]['id']}"):
        assert where in found["detail"]

    async def restored() -> bool:
        return bool(await house.ticket(ticket["id"]) == before)

    await house.soon(restored, "the row as it was")
    await whole_again(house, ticket["id"])
    assert sql(house, "select fingerprint from tickets where id = %s", ticket["id"]) != "x"


async def test_an_altered_row_of_a_ticket_that_has_ended_is_put_right_too(house: House) -> None:
    ticket_id = await accepted(house)
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    await house.workflow(ticket_id).result()
    sql(house, "update tickets set status = 'MATCHING' where id = %s returning 1", ticket_id)
    await look(house, Which.RECENT)
    assert (await house.ticket(ticket_id))["status"] == "CANCELLED"
    await whole_again(house, ticket_id)


async def test_a_second_row_for_one_accepted_request_is_reported_and_let_alone(
    house: House,
) -> None:
    ticket_id = await accepted(house, description=f"It hums {uuid.uuid4()}.")
    twin = stranger(house, ticket_id, "fingerprint")
    await strangers(house)
    [found] = await reported(house, twin)
    assert (found["fault"], ticket_id in found["detail"]) == ("doubled", True)
    assert "cancel the other" in found["remedy"]
    assert await fault_of(house, ticket_id) == []
    assert sql(house, "select 1 from tickets where id = %s", twin) == 1, "nothing is deleted"
    sql(house, "delete from tickets where id = %s returning 1", twin)
    await strangers(house)
    assert await fault_of(house, twin) == []


async def test_a_ticket_that_nobody_is_known_to_have_asked_for_is_reported(house: House) -> None:
    ticket_id = await accepted(house)
    odd = stranger(house, ticket_id, "'something else'")
    await strangers(house)
    assert await fault_of(house, odd) == ["unexpected"]
    sql(house, "delete from tickets where id = %s returning 1", odd)


async def test_nothing_is_wrong_with_tickets_that_live(house: House) -> None:
    """In whatever state they are."""
    matching = await accepted(house)
    scheduled, done = await house.scheduled(), await house.completed()
    for ticket in (scheduled, done):
        await listed(house, ticket["id"])
    for ticket_id in (matching, scheduled["id"], done["id"]):
        before = parts(house, ticket_id)

        async def agreed(ticket_id: str = ticket_id) -> Any:
            await look(house, Which.RECENT)
            question = "select agreed_at from accepted where ticket_id = %s"
            return sql(house, question, ticket_id)

        await house.soon(agreed, "agreement")
        assert await fault_of(house, ticket_id) == []
        ever = "select count(*) from losses where ticket_id = %s"
        assert sql(house, ever, ticket_id) == 0, "nothing was ever found"
        assert parts(house, ticket_id) == before


def comparing(house: House) -> ComparingActivities:
    """As a worker of the house compares, without waiting for what is new."""
    return ComparingActivities(
        house.database, house.services.keyring, house.env.client, timedelta(seconds=0)
    )


async def look(house: House, which: Which) -> None:
    """Through all the pages."""
    began = None
    for _ in range(MOST):
        page = await comparing(house).compare_accepted(ComparePage(which=which, began=began))
        began = page.began
        if page.is_last:
            return


async def strangers(house: House) -> None:
    began = sql(house, "select now()")
    await comparing(house).compare_strangers(began)


async def accepted(house: House, **body: Any) -> str:
    """A ticket that waits for experts, and is on the list of what was accepted."""
    ticket_id = await house.file(**body)
    await house.until(ticket_id, "MATCHING")
    await listed(house, ticket_id)
    return ticket_id


async def listed(house: House, ticket_id: str) -> None:
    question = "select argument is not null from accepted where ticket_id = %s"

    async def noted() -> bool:
        return bool(sql(house, question, ticket_id))

    await house.soon(noted, "the list of what was accepted")


async def told(house: House, ticket_id: str) -> bool:
    """Whether the row says what its ticket says."""
    question = "select mark from tickets where id = %s"
    return bool(sql(house, question, ticket_id) == (await ticket_of(house, ticket_id)).mark)


async def whole_again(house: House, ticket_id: str) -> None:
    async def healed() -> bool:
        await look(house, Which.FOUND)
        return await fault_of(house, ticket_id) == []

    await house.soon(healed, "nothing to be wrong any more")
    seen = "select count(*) from losses where ticket_id = %s and over_at is not null"
    assert sql(house, seen, ticket_id) == 1


async def reported(house: House, ticket_id: str) -> list[Any]:
    """What the report on loss says of a ticket."""
    report = await house.expect("manager", "GET", "/reports/loss?limit=100")
    return [one for one in report["unresolved"] if one["ticket_id"] == ticket_id]


async def fault_of(house: House, ticket_id: str) -> list[str]:
    return [one["fault"] for one in await reported(house, ticket_id)]


def stranger(house: House, like: str, fingerprint: str) -> str:
    """A row like another one's, which nobody has asked for."""
    name = f"tkt_{uuid.uuid4()}"
    with psycopg.connect(house.database_url, autocommit=True) as session:
        statement = STRANGER.format(fingerprint=fingerprint).encode()
        session.execute(statement, {"id": name, "like": like})
    return name


def remove(house: House, ticket_id: str, *, and_its_past: bool = False) -> None:
    """As if the table of tickets had lost it."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute("set session_replication_role = replica")
        session.execute("delete from ticket_private where ticket_id = %s", (ticket_id,))
        session.execute("delete from tickets where id = %s", (ticket_id,))
        if and_its_past:
            session.execute("delete from events where aggregate = %s", (ticket_id,))
            session.execute("delete from notifications where subject_id = %s", (ticket_id,))


def sql(house: House, question: str, *named: Any) -> Any:
    """The first value that a statement answers."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        found = session.execute(question.encode(), named).fetchone()
    return found[0] if found else None
