"""I5 and the starts of I3: what is planned, what happened, and what is told of both."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.db.invariants import InvariantRepository
from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.workers.tools.planting import found_by, planted
from workers.tools.invariants import Premises, check

CHAIN = """
    with chain as (
        select v.*, g.id as of, 'vis_before' as before from visits v
        join visit_groups g on g.id = v.group_id limit 1
    ), earlier as (
        insert into visits (id, ticket_id, group_id, seq, state, minutes, positions, start_at,
            end_at, actual_start, actual_end)
        select before, ticket_id, of, 2, 'COMPLETED', 60, '[]', start_at - interval '90 minutes',
            start_at - interval '30 minutes', start_at - interval '90 minutes',
            start_at - interval '30 minutes'
        from chain
    )
    update visit_groups set dependencies = jsonb_build_array(jsonb_build_object(
        'predecessor', 'vis_before', 'successor', chain.id, 'min_gap', 'PT0S', 'max_gap', 'PT1H',
        'same_expert', false))
    from chain where visit_groups.id = chain.of returning chain.id"""
UNCHAINED = "update visit_groups set dependencies = '[]'"
AWAY = "delete from visits where id = 'vis_before'"
EARLIER = """update visits set end_at = end_at - interval '45 minutes',
    actual_end = actual_end - interval '45 minutes' where id = 'vis_before'"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scratch(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house with one visit that is scheduled."""
    with scratch_database(postgres_url) as url:
        folder = tmp_path_factory.mktemp("gaps")
        async with scratch_temporal() as server, living_house(server, url, folder) as house:
            await house.scheduled()
            yield house


async def test_a_gap_that_is_kept_is_in_order(scratch: House) -> None:
    with planted(scratch, CHAIN, UNCHAINED, AWAY):
        assert await found_by("I5", scratch) == {}


async def test_a_plan_that_is_too_late_after_its_predecessor_breaks_i5(scratch: House) -> None:
    with planted(scratch, CHAIN, UNCHAINED, AWAY) as visit, planted(scratch, EARLIER):
        found = await found_by("I5", scratch)
    assert list(found) == [visit]
    assert (
        "is planned 01:15:00 after vis_before, which has to be 00:00:00 to 01:00:00"
        in (found[visit])
    )


async def test_a_plan_that_fits_what_happened_is_in_order_whatever_was_planned_before(
    scratch: House,
) -> None:
    planned = "update visits set end_at = end_at - interval '3 hours' where id = 'vis_before'"
    with planted(scratch, CHAIN, UNCHAINED, AWAY), planted(scratch, planned):
        assert await found_by("I5", scratch) == {}


async def test_a_gap_that_was_planned_and_not_kept_is_told_and_breaks_nothing(
    scratch: House, capsys: pytest.CaptureFixture[str]
) -> None:
    late = """update visits set actual_start = start_at + interval '2 hours'
        where id <> 'vis_before'"""
    punctual = "update visits set actual_start = null where id <> 'vis_before'"
    with (
        planted(scratch, CHAIN, UNCHAINED, AWAY) as visit,
        planted(scratch, late, punctual),
    ):
        assert await found_by("I5", scratch) == {}
        await check(Premises(scratch.env.client, scratch.database), patience=0)
    [told] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FLAGGED")]
    assert f"{visit} (began 02:30:00 after vis_before" in told


async def test_others_than_those_who_have_to_make_both_visits_break_i5(
    scratch: House,
) -> None:
    same = """update visit_groups set dependencies = jsonb_set(
        dependencies::jsonb, '{0,same_expert}', 'true')"""
    crew = """insert into assignments (id, ticket_id, visit_id, group_id, round, position,
            expert_id, expert_no, source, state, start_at, end_at, blocked, lat, lng)
        select 'asg_before', ticket_id, 'vis_before', group_id, round, position, expert_id,
            expert_no, source, state, start_at - interval '90 minutes',
            start_at - interval '30 minutes', 'empty', lat, lng
        from assignments where state <> 'RELEASED' limit 1"""
    gone = "delete from assignments where id = 'asg_before'"
    other = """update assignments a set expert_id = (
        select id from experts e where e.id <> a.expert_id limit 1) where a.id = 'asg_before'"""
    planned = "update visits set state = 'SCHEDULED' where id = 'vis_before'"
    premises = Premises(scratch.env.client, scratch.database)
    with (
        planted(scratch, CHAIN, gone, UNCHAINED, AWAY) as visit,
        planted(scratch, same),
        planted(scratch, crew),
    ):
        assert await found_by("I5", scratch) == {}
        with planted(scratch, other):
            assert await found_by("I5", scratch) == {}, "the first was made already"
            assert list(await premises.read(InvariantRepository.unkept_gaps)) == [visit]
            with planted(scratch, planned):
                found = await found_by("I5", scratch)
                assert found == {
                    visit: "is planned with others than vis_before, which the same "
                    "people have to make"
                }


async def test_whoever_is_booked_for_another_time_than_their_visit_breaks_i3(
    scratch: House,
) -> None:
    moved = """update visits set start_at = start_at + interval '15 minutes'
        where start_at is not null"""
    back = """update visits set start_at = start_at - interval '15 minutes'
        where start_at is not null"""
    with planted(scratch, moved, back):
        [(booked, why)] = (await found_by("I3", scratch)).items()
    assert booked.startswith("asg_")
    assert "and its visit" in why
