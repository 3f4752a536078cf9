"""The checks of what must always be true, each tried on a house in which it is not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from models.identity import ticket_id
from temporal.ids import ticket_workflow
from tests.house import House, living_house
from tests.replay.mutated import SlowBilling
from tests.scratch import scratch_database, scratch_temporal
from tests.town import wondering
from tests.workers.tools.planting import (
    CONSTRAINT,
    COPIED_ROW,
    COPY_REMOVED,
    DROPPED,
    found_by,
    gone,
    planted,
)
from workers.tools.invariants import CHECKS, Premises, check, line


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scratch(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house with one ticket that is closed and one that is scheduled."""
    with scratch_database(postgres_url) as url:
        folder = tmp_path_factory.mktemp("scratch")
        async with scratch_temporal() as server, living_house(server, url, folder) as house:
            closed = await house.completed()
            await house.expect("customer", "POST", f"/tickets/{closed['id']}/confirm", {})
            await house.workflow(closed["id"]).result()
            await house.scheduled()
            yield house


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked(scratch: House) -> str:
    """An escalation of the house's scheduled ticket."""
    [ticket] = (await scratch.expect("helpdesk", "GET", "/tickets?status=SCHEDULED"))["items"]
    return await wondering(scratch, ticket["id"])


async def test_a_house_in_order_keeps_every_invariant(
    scratch: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(Premises(scratch.env.client, scratch.database))
    said = [text.split()[:2] for text in capsys.readouterr().out.splitlines()]
    assert [words for words in said if words[0] in ("OK", "BROKEN")] == [["OK", n] for n in CHECKS]


async def test_a_row_without_a_workflow_breaks_i1(scratch: House) -> None:
    lost = ticket_id("nobody", "never asked")
    with planted(scratch, COPIED_ROW, COPY_REMOVED, id=lost, status="RECEIVED"):
        assert await found_by("I1", scratch) == {lost: "a row without a workflow"}


async def test_a_ticket_closed_before_the_oldest_history_may_have_a_row_only(
    scratch: House,
) -> None:
    old = ticket_id("somebody", "long ago")
    closed = """insert into events (id, subject_kind, subject_id, aggregate, seq, type,
            occurred_at, recorded_at, actor_role, actor_id, facts)
        values ('evt_old', 'ticket', %(id)s, %(id)s, 1, 'ticket.closed', now() - interval '1 year',
            now() - interval '1 year', 'system', 'system', '{}')"""
    with (
        planted(scratch, COPIED_ROW, COPY_REMOVED, id=old, status="CLOSED"),
        planted(scratch, closed, "delete from events where id = 'evt_old'", id=old),
    ):
        assert await found_by("I1", scratch) == {}


async def test_a_workflow_without_a_row_breaks_i1(scratch: House) -> None:
    lost = ticket_workflow(ticket_id("nobody", "not written"))
    handle = await scratch.env.client.start_workflow("Ticket", id=lost, task_queue="nobody-works")

    async def listed() -> bool:
        return (await found_by("I1", scratch)).get(lost) == "a workflow without a row"

    await scratch.soon(listed, "the workflow to be listed")
    await gone(scratch, handle)


async def test_a_lost_constraint_breaks_i2(scratch: House) -> None:
    with planted(scratch, DROPPED, CONSTRAINT):
        assert list(await found_by("I2", scratch)) == ["one_place_at_a_time"]


async def test_a_constraint_that_only_bears_the_name_breaks_i2(scratch: House) -> None:
    weaker = """alter table assignments add constraint one_place_at_a_time
        exclude using gist (expert with =, blocked with =)"""
    with planted(scratch, DROPPED, DROPPED, CONSTRAINT), planted(scratch, weaker):
        assert list(await found_by("I2", scratch)) == ["one_place_at_a_time"]


async def test_one_expert_at_two_places_at_once_breaks_i2(scratch: House) -> None:
    twice = """
        insert into assignments (id, ticket_id, group_id, round, visit_id, position, expert_id,
            expert_no, source, state, start_at, end_at, blocked, lat, lng)
        select 'asg_twice', ticket_id, 'grp_other', round, 'vis_other', position, expert_id,
            expert_no, source, state, start_at, end_at, blocked, lat, lng
        from assignments where state = 'RESERVED' limit 1 returning id"""
    away = "delete from assignments where id = 'asg_twice'"
    with planted(scratch, DROPPED, CONSTRAINT), planted(scratch, twice, away):
        found = await found_by("I2", scratch)
    assert len(found) == 2
    assert any("asg_twice" in f"{key} {why}" for key, why in found.items())


async def test_a_group_booked_before_it_is_finalised_breaks_i3(scratch: House) -> None:
    early = """update visit_groups set match_state = 'PARTIAL'
        where id = (select min(id) from visit_groups) returning id"""
    repair = "update visit_groups set match_state = 'FINALISED'"
    with planted(scratch, early, repair) as group:
        assert list(await found_by("I3", scratch)) == [group]


async def test_a_finalised_group_that_lacks_somebody_breaks_i3(scratch: House) -> None:
    lacking = """update assignments set state = 'RELEASED' where state = 'RESERVED'
        returning group_id"""
    repair = "update assignments set state = 'RESERVED' where state = 'RELEASED'"
    with planted(scratch, lacking, repair) as group:
        assert list(await found_by("I3", scratch)) == [group]


async def test_a_lost_event_breaks_i6(scratch: House) -> None:
    lost = """update events set seq = 1000 where id =
        (select min(id) from events where type = 'ticket.admitted') returning aggregate"""
    with planted(scratch, lost, "update events set seq = 2 where seq = 1000") as ticket:
        assert list(await found_by("I6", scratch)) == [ticket]


async def test_a_row_behind_its_events_breaks_i6(scratch: House) -> None:
    behind = "update tickets set seq = seq - 1 where status = 'SCHEDULED' returning id"
    repair = "update tickets set seq = seq + 1 where status = 'SCHEDULED'"
    with planted(scratch, behind, repair) as ticket:
        assert list(await found_by("I6", scratch)) == [ticket]


@pytest.mark.parametrize(
    ("stored", "claimed"),
    [
        ("SCHEDULED", "MATCHING"),
        ("SCHEDULED", "CLOSED"),
        ("CLOSED", "CANCELLED"),
        ("CLOSED", "RECEIVED"),
    ],
)
async def test_a_status_that_its_workflow_denies_breaks_i6(
    scratch: House, stored: str, claimed: str
) -> None:
    wrong = """update tickets set status = %(claimed)s, fingerprint = 'wrong'
        where status = %(stored)s returning id"""
    repair = "update tickets set status = %(stored)s, fingerprint = '' where fingerprint = 'wrong'"
    with planted(scratch, wrong, repair, stored=stored, claimed=claimed) as ticket:
        found = await found_by("I6", scratch)
    assert list(found) == [ticket]
    assert claimed in found[ticket]


async def test_an_intent_that_is_there_twice_breaks_i7(scratch: House) -> None:
    dropped = """alter table notifications
        drop constraint notifications_event_id_recipient_id_template_key"""
    restore = """alter table notifications
        add constraint notifications_event_id_recipient_id_template_key
        unique (event_id, recipient_id, template)"""
    twice = """insert into notifications (id, subject_kind, subject_id, event_id, recipient_role,
            recipient_id, template, facts, state, created_at)
        select 'ntf_00000000-0000-0000-0000-000000000000', subject_kind, subject_id, event_id,
            recipient_role, recipient_id, template, facts, 'SENT', created_at
        from notifications limit 1 returning id"""
    away = "delete from notifications where id = 'ntf_00000000-0000-0000-0000-000000000000'"
    with planted(scratch, dropped, restore), planted(scratch, twice, away) as intent:
        assert list(await found_by("I7", scratch)) == [intent]


async def test_a_message_sent_on_two_channels_breaks_i7(scratch: House) -> None:
    again = """insert into deliveries (id, notification_id, hop, channel, state, attempts,
            uncertain, due_at)
        select 'dlv_again', notification_id, 99, channel, state, attempts, uncertain, due_at
        from deliveries where state = 'SENT' limit 1 returning notification_id"""
    with planted(scratch, again, "delete from deliveries where id = 'dlv_again'") as message:
        assert list(await found_by("I7", scratch)) == [message]


async def test_an_escalation_that_is_wanted_asked_and_recorded_keeps_i12(
    scratch: House, asked: str
) -> None:
    assert await found_by("I12", scratch) == {}


async def test_an_escalation_that_only_its_row_says_is_closed_breaks_i12(
    scratch: House, asked: str
) -> None:
    closed = "update escalations set state = 'RESOLVED' where id = %(id)s"
    repair = "update escalations set state = 'OPEN' where id = %(id)s"
    with planted(scratch, closed, repair, id=asked):
        assert list(await found_by("I12", scratch)) == [asked]


async def test_a_row_that_waits_although_its_ticket_is_in_no_doubt_breaks_i12(
    scratch: House, asked: str
) -> None:
    again = """insert into escalations (id, subject_kind, subject_id, workflow_id, seq, subject,
            reason, level, state, urgency, opened_at, due_at, known)
        select 'esc_again', subject_kind, subject_id, workflow_id, seq, subject, reason, level,
            state, urgency, opened_at, due_at, known
        from escalations where id = %(id)s returning id"""
    away = "delete from escalations where id = 'esc_again'"
    with planted(scratch, again, away, id=asked) as doubtless:
        found = await found_by("I12", scratch)
    assert found == {doubtless: "live, and its ticket is in no such doubt"}


async def test_a_row_that_waits_although_its_ticket_is_over_breaks_i12(
    scratch: House, asked: str
) -> None:
    moved = """update escalations set subject_id = (select id from tickets where status = 'CLOSED')
        where id = %(id)s returning id"""
    back = """update escalations
        set subject_id = (select id from tickets where status = 'SCHEDULED') where id = %(id)s"""
    with planted(scratch, moved, back, id=asked):
        assert (await found_by("I12", scratch))[asked] == "live, and its ticket is over"


async def test_a_question_about_no_ticket_is_live_as_long_as_its_workflow_asks_it(
    scratch: House, asked: str
) -> None:
    other = """insert into escalations (id, subject_kind, subject_id, workflow_id, seq, subject,
            reason, level, state, urgency, opened_at, due_at, known)
        select 'esc_other', 'expert', 'exp_1', 'another', seq, subject, reason, level, state,
            urgency, opened_at, due_at, known
        from escalations where id = %(id)s returning id"""
    away = "delete from escalations where id = 'esc_other'"
    with planted(scratch, other, away, id=asked) as question:
        found = await found_by("I12", scratch)
    assert found == {question: "live, and no workflow asks it"}


async def test_a_question_that_no_workflow_asks_breaks_i12_until_it_is_raised_again(
    scratch: House, asked: str
) -> None:
    row = await scratch.expect("helpdesk", "GET", f"/escalations/{asked}")
    handle = scratch.env.client.get_workflow_handle(row["workflow_id"])
    await handle.terminate("an accident")

    async def missed() -> bool:
        return (await found_by("I12", scratch)).get(asked) == "live, and no workflow asks it"

    async def kept() -> bool:
        return await found_by("I12", scratch) == {}

    await scratch.soon(missed, "the loss to be seen")
    await scratch.soon(kept, "the question to be raised again")


async def test_a_workflow_that_asks_what_nobody_recorded_breaks_i12(scratch: House) -> None:
    stray = f"{ticket_workflow(ticket_id('nobody', 'asks'))}.PARTIAL"
    handle = await scratch.env.client.start_workflow(
        "Escalation", id=stray, task_queue="nobody-works", memo={"escalation_id": "esc_stray"}
    )

    async def listed() -> bool:
        return "esc_stray" in await found_by("I12", scratch)

    await scratch.soon(listed, "the workflow to be listed")
    await gone(scratch, handle)


async def test_a_history_that_todays_code_would_not_write_breaks_i11(scratch: House) -> None:
    client, name = scratch.env.client, "billing-of-another-build"
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue=name, workflows=[SlowBilling], workflow_runner=runner):
        handle = await client.start_workflow("Billing", id=name, task_queue=name)
        await handle.result()

    async def reported() -> bool:
        return any(name in key for key in await found_by("I11", scratch))

    await scratch.soon(reported, "the replay to fail")


async def test_at_most_ten_offenders_are_named(scratch: House) -> None:
    said = line("I7", {f"ntf_{number:02}": "twice" for number in range(12)})
    assert said.count("ntf_") == 10
    assert said.endswith("and 2 more")
