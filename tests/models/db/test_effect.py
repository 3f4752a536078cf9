"""Recording: all of it, once, in its order, or nothing; whatever it is about."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from models.actor import Actor, Role
from models.catalogue.catalogue import FIRST_EXPERT_ID
from models.db.bell import Bell
from models.db.effect import (
    WAKE_CHANNEL,
    Again,
    Effect,
    Moved,
    in_turn,
    next_seq,
    record_next,
    take_effect,
)
from models.db.engine import Database
from models.db.people.writes import ExpertRepository
from models.event import Cause, Event, event_of
from models.events.people import ExpertSkillSet, ExpertWeekChanged
from models.message.notification import Intent
from models.subject import Subject, SubjectKind, expert
from tests.databases import database_of_its_own
from tests.models.rules.stories import NOW

WHO = expert(FIRST_EXPERT_ID)
ADMIN = Actor(role=Role.ADMIN, id="usr_admin")
UNLESS_MOVED = """update experts set calendar_version = %(version)s
    where id = %(id)s and calendar_version < %(version)s returning id"""


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("delete from notifications")
        session.execute("delete from events")
        session.execute("update experts set calendar_version = 0")
    database.close()


def rows(url: str, table: str) -> list[dict[str, Any]]:
    """What stands in a table, in the order of its ids."""
    with psycopg.connect(url, row_factory=dict_row) as session:
        everything = sql.SQL("select * from {} order by id").format(sql.Identifier(table))
        return session.execute(everything).fetchall()


def skilled(seq: int, level: int = 1, minutes: int = 0) -> Event:
    """That an expert has a skill at a level."""
    facts = ExpertSkillSet(expert_id=WHO.id, skill="plumbing", level=level)
    at = NOW + timedelta(minutes=minutes)
    return event_of(facts, WHO.id, seq, at, Cause(actor=ADMIN, command_id="cmd_1", trace_id="t1"))


def told(event: Event, who: str = "exp_ana") -> Intent:
    """That somebody hears of it."""
    return Intent(
        event_id=event.id,
        recipient_role="expert",
        recipient_id=who,
        template="expert.assigned",
        facts={"visit_id": "vis_1"},
    )


def moved_to(version: int, **more: Any) -> Moved:
    """An expert's row as it stands after so many changes."""
    return Moved(sql=UNLESS_MOVED, values={"id": WHO.id, "version": version}, **more)


def test_state_events_and_intents_are_written_together_and_name_their_subject(
    database: Database, url: str
) -> None:
    event = skilled(1)
    assert take_effect(database, moved_to(1), Effect(WHO, [event], [told(event)])) == 1
    [happened], [intent] = rows(url, "events"), rows(url, "notifications")
    assert happened | {"facts": event.data} == {
        "id": event.id,
        "subject_kind": "expert",
        "subject_id": WHO.id,
        "ticket_id": None,
        "aggregate": WHO.id,
        "seq": 1,
        "type": "expert.skill_set",
        "occurred_at": NOW,
        "recorded_at": NOW,
        "actor_role": "admin",
        "actor_id": "usr_admin",
        "cause": "cmd_1",
        "trace_id": "t1",
        "facts": {"expert_id": WHO.id, "skill": "plumbing", "level": 1},
    }
    assert (intent["event_id"], intent["state"], intent["created_at"]) == (event.id, "QUEUED", NOW)
    assert (intent["subject_kind"], intent["subject_id"]) == ("expert", WHO.id)


def test_what_is_recorded_again_changes_nothing(database: Database, url: str) -> None:
    event = skilled(1)
    effect = Effect(WHO, [event], [told(event)])
    assert [take_effect(database, moved_to(1), effect) for _ in range(3)] == [1, 0, 0]
    assert (len(rows(url, "events")), len(rows(url, "notifications"))) == (1, 1)


def test_what_comes_late_is_not_written_not_even_in_part(database: Database, url: str) -> None:
    late = skilled(2)
    take_effect(database, moved_to(5), Effect(WHO, [skilled(1)]))
    assert take_effect(database, moved_to(4), Effect(WHO, [late], [told(late)])) == 0
    assert [row["seq"] for row in rows(url, "events")] == [1]
    assert rows(url, "notifications") == []


def test_a_step_that_never_was_gives_its_place_to_the_one_that_was(
    database: Database, url: str
) -> None:
    ghost, real = skilled(1, level=1), skilled(1, level=3, minutes=1)
    again = Again(events=True, intents=True)
    take_effect(database, moved_to(1), Effect(WHO, [ghost], [told(ghost)]))
    rightly = told(real).but(facts={"visit_id": "vis_2"})
    take_effect(database, moved_to(2, again=again), Effect(WHO, [real], [rightly]))
    [event], [intent] = rows(url, "events"), rows(url, "notifications")
    assert (event["facts"]["level"], event["recorded_at"]) == (3, real.recorded_at)
    assert intent["facts"] == {"visit_id": "vis_2"}


def test_an_event_states_what_is_found_out_only_when_it_is_written(
    database: Database, url: str
) -> None:
    learned = "(select jsonb_build_object('known', count(*)) from moved)"
    moved = moved_to(1, learned=learned, answer="(select id from moved)")
    assert take_effect(database, moved, Effect(WHO, [skilled(1)])) == WHO.id
    [event] = rows(url, "events")
    assert (event["facts"]["known"], event["facts"]["level"]) == (1, 1)


def test_the_relay_is_rung_for_when_somebody_is_to_be_told_and_only_then(
    database: Database, url: str
) -> None:
    bell, event = Bell(url, WAKE_CHANNEL), skilled(2)
    bell.wait(0)
    take_effect(database, moved_to(1), Effect(WHO, [skilled(1)]))
    assert not bell.wait(0.2)
    take_effect(database, moved_to(1), Effect(WHO, [event], [told(event)]))
    assert not bell.wait(0.2)
    take_effect(database, moved_to(2), Effect(WHO, [event], [told(event)]))
    assert bell.wait(5)
    bell.close()


def test_a_part_of_a_unit_of_work_goes_when_the_unit_does(database: Database, url: str) -> None:
    with suppress(ZeroDivisionError), database.unit_of_work() as session:
        take_effect(session, moved_to(1), Effect(WHO, [skilled(1)]))
        raise ZeroDivisionError
    assert rows(url, "events") == []


def test_events_of_an_expert_are_numbered_without_gaps_whoever_changes_them_at_once(
    database: Database, url: str
) -> None:
    def change(_: int) -> None:
        with database.unit_of_work() as session:
            facts = ExpertWeekChanged(expert_id=WHO.id)
            ExpertRepository(session).happened(facts, ADMIN, NOW)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(change, range(8)))
    assert sorted(row["seq"] for row in rows(url, "events")) == list(range(1, 9))


def test_who_has_lost_their_turn_meanwhile_writes_nothing(database: Database, url: str) -> None:
    with database.unit_of_work() as slow:
        mine = next_seq(slow, WHO)
        with database.unit_of_work() as quick:
            record_next(quick, WHO, ExpertWeekChanged(expert_id=WHO.id), ADMIN, NOW)
        assert take_effect(slow, in_turn(WHO, mine), Effect(WHO, [skilled(mine)])) == 0
    assert [row["type"] for row in rows(url, "events")] == ["expert.week_changed"]


def test_a_ticket_that_is_a_subject_is_found_as_a_ticket(database: Database, url: str) -> None:
    ticket = Subject(kind=SubjectKind.TICKET, id="tkt_1")
    take_effect(database, moved_to(1), Effect(ticket, [skilled(1)]))
    assert [row["ticket_id"] for row in rows(url, "events")] == ["tkt_1"]
