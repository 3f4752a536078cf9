"""Whatever is lost of what was accepted is found, put right where it can be, and else reported."""

import uuid
from datetime import UTC, datetime
from typing import Any

from models.actor import Actor, Role
from models.db.visit.late import kept_after_the_end
from models.event import Cause
from models.field import FactKind
from models.messages.intake import Which
from models.messages.visit import ReportVisit
from tests.house import House
from tests.issuing import SUBJECTS
from tests.losing import (
    accepted,
    fault_of,
    listed,
    look,
    remove,
    reported,
    sql,
    stranger,
    strangers,
    told,
    whole_again,
)
from tests.workers.tools.planting import found_by, gone
from tests.workflows.company import parting as parting
from tests.workflows.imagined import parts, ticket_of, told_by


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


async def events_of(house: House, ticket_id: str) -> list[str]:
    """What happened to a ticket, but for what was told of it: letters go out when they can."""
    types = [entry["type"] for entry in await house.timeline(ticket_id)]
    return [one for one in types if not one.startswith("notification.")]


async def test_what_was_reported_after_the_end_of_a_ticket_is_no_fault_and_is_never_undone(
    house: House,
) -> None:
    """Nobody but the database knows of it."""
    ticket = await house.completed()
    visit = ticket["visits"][0]["id"]
    await house.expect("customer", "POST", f"/tickets/{ticket['id']}/confirm", {})
    await house.until(ticket["id"], "CLOSED")
    await house.workflow(ticket["id"]).result()
    fact = ReportVisit(
        visit_id=visit,
        kind=FactKind.NEED_MORE_TIME,
        expert_id=SUBJECTS["expert"],
        occurred_at=datetime.now(UTC),
        client_event_id=f"cev_{uuid.uuid4()}",
        by=Cause(actor=Actor(role=Role.EXPERT, id=SUBJECTS["expert"])),
    )
    with house.database.unit_of_work() as session:
        assert kept_after_the_end(session, ticket["id"], fact, datetime.now(UTC))
    assert "late_report" in (await house.ticket(ticket["id"]))["attention"]
    await listed(house, ticket["id"])
    await look(house, Which.RECENT)
    assert await fault_of(house, ticket["id"]) == []
    kept = await events_of(house, ticket["id"])
    sql(house, "update tickets set status = 'MATCHING' where id = %s returning 1", ticket["id"])
    await look(house, Which.RECENT)
    [found] = await reported(house, ticket["id"])
    assert (found["fault"], "let alone" in found["detail"]) == ("altered", True)
    assert await events_of(house, ticket["id"]) == kept
    sql(house, "update tickets set status = 'CLOSED' where id = %s returning 1", ticket["id"])
    await whole_again(house, ticket["id"])


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


async def test_all_that_nobody_asked_for_is_found_however_many_are_looked_for_at_one_time(
    house: House,
) -> None:
    ticket_id = await accepted(house)
    odd = [stranger(house, ticket_id, f"'another {number}'") for number in range(5)]
    for _ in range(2):
        await strangers(house, at_once=2)
        assert [await fault_of(house, one) for one in odd] == 5 * [["unexpected"]]
    for one in odd:
        sql(house, "delete from tickets where id = %s returning 1", one)
    await strangers(house)
    assert [await fault_of(house, one) for one in odd] == 5 * [[]]


async def test_what_is_too_old_to_be_looked_at_is_wrong_until_somebody_has_ended_it(
    house: House,
) -> None:
    ticket_id = await accepted(house)
    odd = stranger(house, ticket_id, "'of another week'")
    await strangers(house)
    aged = "update tickets set opened_at = now() - interval '8 days' where id = %s returning 1"
    sql(house, aged, odd)
    await strangers(house)
    assert await fault_of(house, odd) == ["unexpected"]
    sql(house, "update tickets set status = 'CANCELLED' where id = %s returning 1", odd)
    await strangers(house)
    assert await fault_of(house, odd) == []
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
