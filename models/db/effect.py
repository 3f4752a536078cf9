# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""Recording: the state of a subject, what happened to it and whom that concerns, in one statement.

Everybody who records does it here. Nothing is written unless the state was moved, and it is moved
only from where these events begin: that is the guard of an aggregate against records that are
repeated or late. So for each of them the answer to "what if it runs again after it succeeded?" is
that it moves nothing.

The parts travel as JSON documents and Postgres spreads them over their tables: one round trip.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import text

from models.actor import Actor
from models.db.engine import Database, Session
from models.event import Cause, Event, Facts, event_of
from models.identity import derived_id
from models.message.notification import Intent, NotificationState
from models.subject import Subject

WAKE_CHANNEL = "notifications"
"""Rings when there is something to tell."""


_LAST = text("select max(seq) from events where aggregate = :aggregate")
_TURN = """select where not exists (
    select from events where aggregate = %(aggregate)s and seq >= %(seq)s)"""


class Effect(NamedTuple):
    """What happened to a subject, and who is to be told: at once, so from the moment at which we
    learned of the last event, or not before a time of its own."""

    subject: Subject
    events: Sequence[Event]
    intents: Sequence[Intent] = ()


class Again(NamedTuple):
    """What becomes of rows that are there already. They stay as they are, unless an attempt that
    never was may have written them: then an event gives its place to the one that has its number,
    and what was not told yet is told rightly."""

    events: bool = False
    intents: bool = False


class Moved(NamedTuple):
    """The step that moves a subject's state, and what is written with it.

    Attributes:
        sql: answers a row if, and only if, the state goes on from where the events begin.
        values: the parameters of all steps.
        first: steps that it rests on, each `name as (...)`.
        parts: steps that are written with it; they say `exists (select from moved)` themselves.
        learned: facts that are found only now and join those of the events, as jsonb.
        answer: what is asked for in the end; how much was moved, by default.
        again: what becomes of rows that are there.
    """

    sql: str
    values: Mapping[str, Any]
    first: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    learned: str | None = None
    answer: str = "(select count(*) from moved)"
    again: Again = Again()


def take_effect(unit: Database | Session, moved: Moved, effect: Effect) -> Any:
    """Write an effect, all of it or nothing; answers what `moved` asks for.

    Given a database it is a unit of work by itself; given a session, a part of that one's.

    Raises:
        psycopg.Error, sqlalchemy.exc.DBAPIError: as the unit says it.
    """
    statement = _statement(moved.first, moved.sql, moved.parts, _asked(moved, effect))
    values = {**moved.values, "effect": _document(effect)}
    if isinstance(unit, Database):
        return unit.at_once(statement, values)
    return unit.connection().exec_driver_sql(statement, values).scalar()


def record_next(
    session: Session,
    about: Subject,
    facts: Facts,
    by: Actor,
    at: datetime,
    aggregate: str | None = None,
) -> None:
    """Record what happened to a subject whose events the database numbers, or to a part of it that
    has events of its own: an `aggregate`. Its row is locked by this unit of work, and its state is
    written in it."""
    numbered = about if aggregate is None else about.but(id=aggregate)
    seq = next_seq(session, numbered)
    event = event_of(facts, numbered.id, seq, at, Cause(actor=by))
    moved = take_effect(session, in_turn(numbered, seq), Effect(about, (event,)))
    assert moved, "nobody else records while its row is locked"


def next_seq(session: Session, about: Subject) -> int:
    """The number that the next event of a subject has."""
    last: int = session.scalar(_LAST, {"aggregate": about.id}) or 0
    return last + 1


def in_turn(about: Subject, seq: int) -> Moved:
    """The guard of a subject that has no other: no event has that number, or a later one."""
    return Moved(sql=_TURN, values={"aggregate": about.id, "seq": seq})


class _Asked(NamedTuple):
    """What the statement of an effect depends on beside its state."""

    events: bool
    intents: bool
    learned: str | None
    answer: str
    again: Again


def _asked(moved: Moved, effect: Effect) -> _Asked:
    return _Asked(
        bool(effect.events), bool(effect.intents), moved.learned, moved.answer, moved.again
    )


@cache
def _statement(first: tuple[str, ...], sql: str, parts: tuple[str, ...], asked: _Asked) -> str:
    """There are a few dozen kinds of it."""
    steps = [*first, f"moved as ({sql})", *parts]
    ring = ""
    if asked.events:
        steps.append(_new_events(asked))
    if asked.intents:
        steps += [
            _new_intents(asked),
            f"rung as (select pg_notify('{WAKE_CHANNEL}', '') from moved)",
        ]
        ring = ", (select count(*) from rung)"
    return f"with {', '.join(steps)} select {asked.answer}{ring}"


_EVENT = (
    "id",
    "subject_kind",
    "subject_id",
    "aggregate",
    "seq",
    "type",
    "occurred_at",
    "recorded_at",
    "actor_role",
    "actor_id",
    "cause",
    "trace_id",
)
_INTENT = (
    "id",
    "subject_kind",
    "subject_id",
    "event_id",
    "recipient_role",
    "recipient_id",
    "template",
    "facts",
    "state",
    "created_at",
)


def _new_events(asked: _Asked) -> str:
    facts = f"facts || {asked.learned}" if asked.learned else "facts"
    replaced = ", ".join(f"{name} = excluded.{name}" for name in (*_EVENT[1:], "facts"))
    conflict = f"(id) do update set {replaced}" if asked.again.events else "do nothing"
    return (
        f"new_events as (insert into events ({', '.join(_EVENT)}, facts)"
        f" select {', '.join(_EVENT)}, {facts}"
        " from jsonb_populate_recordset(null::events, %(effect)s::jsonb -> 'events')"
        f" where exists (select from moved) on conflict {conflict})"
    )


def _new_intents(asked: _Asked) -> str:
    told_rightly = (
        "(id) do update set facts = excluded.facts, created_at = excluded.created_at"
        f" where notifications.state = '{NotificationState.QUEUED}'"
    )
    conflict = told_rightly if asked.again.intents else "do nothing"
    names = ", ".join(_INTENT)
    return (
        f"new_intents as (insert into notifications ({names}) select {names}"
        " from jsonb_populate_recordset(null::notifications, %(effect)s::jsonb -> 'intents')"
        f" where exists (select from moved) on conflict {conflict})"
    )


def _document(effect: Effect) -> str:
    about = {"subject_kind": effect.subject.kind, "subject_id": effect.subject.id}
    return to_json(
        {
            "events": [{**about, **_event_columns(event)} for event in effect.events],
            "intents": [{**about, **_intent_columns(i, effect)} for i in effect.intents],
        }
    ).decode()


def _event_columns(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "aggregate": event.aggregate,
        "seq": event.seq,
        "type": event.type,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "actor_role": event.actor.role,
        "actor_id": event.actor.id,
        "cause": event.cause,
        "trace_id": event.trace_id,
        "facts": event.data,
    }


def _intent_columns(intent: Intent, effect: Effect) -> dict[str, Any]:
    """The same intent has the same id: one an event, recipient and template (I7)."""
    return {
        **intent.model_dump(exclude={"not_before"}),
        "id": derived_id("ntf", intent.event_id, intent.recipient_id, intent.template),
        "state": NotificationState.QUEUED,
        "created_at": intent.not_before or effect.events[-1].recorded_at,
    }
