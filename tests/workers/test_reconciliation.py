"""What was written of steps that never were is put right, and nobody has to ask for it."""

import uuid
from typing import Any, LiteralString

import psycopg

from tests.house import House
from tests.workers.tools.planting import found_by
from tests.workflows.company import assignments, bare, between, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.imagined import cancelled, numbers, parts, proposed, ticket_of, told_by, write
from workers.reconciliation import Reconciliation

NOON = between(8, 20)


async def test_a_row_ahead_of_its_ticket_is_put_right_without_anybody(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    known = await ticket_of(house, ticket_id)
    assert write(house, proposed(known, bare(expert)), known, tentative=True) is None
    assert parts(house, ticket_id) != told_by(known)
    await as_its_ticket_says(house, ticket_id)
    assert await numbers(house, ticket_id) == list(range(1, known.seq + 1))
    assert "proposal.posted" not in [e["type"] for e in await house.timeline(ticket_id)]


async def test_after_an_outage_whatever_was_recorded_lately_is_compared(house: House) -> None:
    """Also what nobody had reason to doubt."""
    ticket_id, _ = await waiting(house, NOON)
    known = await ticket_of(house, ticket_id)
    assert write(house, cancelled(known, ""), known) is None
    await compared(house)
    assert (await house.ticket(ticket_id))["status"] == "CANCELLED", "an end is not doubted"
    row(house, "update tickets set status = 'MATCHING' where id = %s returning id", ticket_id)
    await compared(house)
    await as_its_ticket_says(house, ticket_id)


async def test_what_is_true_is_asked_about_and_let_alone(house: House) -> None:
    ticket = await house.scheduled()
    await house.report(ticket["visits"][0]["id"], "acknowledged")
    doubted = "select tentative_at from tickets where id = %s"
    assert row(house, doubted, ticket["id"]) is not None

    async def certain() -> bool:
        return row(house, doubted, ticket["id"]) is None

    before = parts(house, ticket["id"])
    await house.soon(certain, "the ticket to be asked")
    assert parts(house, ticket["id"]) == before


async def test_a_booking_that_no_ticket_took_up_sets_its_expert_free(house: House) -> None:
    """As if a worker had been frozen in the midst of a booking, and somebody else had found that
    there was nothing to book."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, NOON)
    [group] = (await ticket_of(house, ticket_id)).matching.groups
    row(house, BOOKED, ticket_id, group.id, visit, bare(expert))
    row(house, DECIDED, group.id, ticket_id)
    assert group.id in await found_by("I3", house)
    await compared(house)

    async def freed() -> bool:
        return [a["state"] for a in assignments(house, ticket_id)] == ["RELEASED"]

    await house.soon(freed, "the expert to be set free")
    row(house, FORGOTTEN, group.id)
    assert group.id not in await found_by("I3", house)
    assert (await rest(house, ticket_id))["status"] == "MATCHING"


async def test_a_group_waits_on_when_an_old_decision_of_its_round_names_what_it_never_had(
    house: House,
) -> None:
    """The next proposal is settled, and every one after it: nothing fails for ever."""
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, NOON)
    [group] = (await ticket_of(house, ticket_id)).matching.groups
    row(house, BOOKED, ticket_id, group.id, visit, bare(other))
    row(house, DECIDED, group.id, ticket_id)
    row(house, settlement_of(group.id, visit, other, f"prp_{uuid.uuid4()}"), group.id)
    await house.propose(visit, expert, [NOON])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert [a["expert_id"] for a in seen["assignments"] if a["state"] == "RESERVED"] == [
        bare(expert)
    ]
    assert sorted(a["state"] for a in assignments(house, ticket_id)) == ["RELEASED", "RESERVED"]
    assert parts(house, ticket_id) == told_by(await ticket_of(house, ticket_id))
    row(house, FORGOTTEN, group.id)


async def test_a_booking_that_was_undone_is_not_taken_up_later(house: House) -> None:
    """The decision is there still, and whom it booked may be elsewhere by now."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 10))
    await house.propose(visit, expert, [between(14, 20)])
    [group] = (await ticket_of(house, ticket_id)).matching.groups
    [proposal] = (await ticket_of(house, ticket_id)).matching.proposals
    row(house, BOOKED, ticket_id, group.id, visit, bare(expert))
    row(
        house,
        "update assignments set state = 'RELEASED' where ticket_id = %s returning id",
        ticket_id,
    )
    row(house, DECIDED, group.id, ticket_id)
    row(house, settlement_of(group.id, visit, expert, proposal.id), group.id)
    path = f"/tickets/{ticket_id}/groups/{group.id}/re-evaluate"
    seen = await house.expect("helpdesk", "POST", path)
    assert (seen["match_state"], seen["round"]) == ("NO_COMMON_TIME", 2)
    assert {a["state"] for a in assignments(house, ticket_id)} == {"RELEASED"}
    row(house, FORGOTTEN, group.id)


async def test_a_place_that_somebody_holds_whom_the_ticket_does_not_know_is_made_free(
    house: House,
) -> None:
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, NOON)
    [group] = (await ticket_of(house, ticket_id)).matching.groups
    row(house, BOOKED, ticket_id, group.id, visit, bare(other))
    await house.propose(visit, expert, [NOON])
    await house.until(ticket_id, "SCHEDULED")
    assert sorted(a["state"] for a in assignments(house, ticket_id)) == ["RELEASED", "RESERVED"]
    assert parts(house, ticket_id) == told_by(await ticket_of(house, ticket_id))


BOOKED = """insert into assignments (id, ticket_id, group_id, round, visit_id, position, expert_id,
    expert_no, source, state, start_at, end_at, blocked, lat, lng)
    select 'asg_' || g.id, t.id, g.id, 1, v.id, 0, e.id, e.expert_no, 'AUTO', 'RESERVED',
        now() + interval '60 days', now() + interval '60 days 1 hour',
        tstzrange(now() + interval '60 days', now() + interval '60 days 1 hour'), 52.5, 13.4
    from tickets t, visit_groups g, visits v, experts e
    where t.id = %s and g.id = %s and v.id = %s and e.id = %s returning id"""
DECIDED = """insert into decisions (group_id, round, ticket_id, decided_at, problem, settlement)
    values (%s, 1, %s, now() - interval '1 minute', '{}', '{}') returning round"""
FORGOTTEN = "delete from decisions where group_id = %s and round = 1 returning round"


def settlement_of(group: str, visit: str, expert: str, proposal: str) -> str:
    """A decision to book one expert."""
    return f"""update decisions set settlement = jsonb_build_object(
        'match_state', 'FINALISED',
        'starts', jsonb_build_array(jsonb_build_object('visit_id', '{visit}', 'start', now())),
        'crew', jsonb_build_array(jsonb_build_object(
            'assignment_id', 'asg_' || '{group}', 'visit_id', '{visit}', 'position', 0,
            'expert_id', '{bare(expert)}', 'proposal_id', '{proposal}')))
        where group_id = %s returning round"""  # noqa: S608, ids of our own


async def compared(house: House) -> None:
    """As a worker looks that begins, or that has Temporal back, and that no other did before."""
    row(house, "delete from chores returning name")
    await Reconciliation(house.database, house.env.client).look()


async def as_its_ticket_says(house: House, ticket_id: str) -> None:
    known = await ticket_of(house, ticket_id)

    async def equal() -> bool:
        return parts(house, ticket_id) == told_by(known)

    await house.soon(equal, "the row to say what the ticket says")


def row(house: House, question: str | LiteralString, *named: Any) -> Any:
    """The first value that a statement answers."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        found = session.execute(question.encode(), named).fetchone()
    return found[0] if found else None
