"""One ghost of each kind, planted into what is known of a house in order: the checks must see it.

Ghosts of the database are planted there, within a transaction that is rolled back.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg

from tests.chaos.evidence import Asking, Evidence
from tests.chaos.history import Call, History
from tests.chaos.post import Sent
from tests.chaos.rows import read
from tests.chaos.telling import mark_of

Session = psycopg.Connection[Any]
Plant = Callable[[Evidence, Session], tuple[Evidence, str]]
"""The haunted evidence, and by which name a check has to tell of the ghost."""


@dataclass(frozen=True)
class Ghost:
    """Which check has to see it, and how it is planted."""

    check: str
    plant: Plant


def in_rows(*statements: LiteralString) -> Plant:
    """What is changed in the database; the last statement gives the name."""

    def plant(seen: Evidence, session: Session) -> tuple[Evidence, str]:
        for statement in statements[:-1]:
            session.execute(statement)
        found = session.execute(statements[-1]).fetchone()
        assert found is not None, "there is nothing to make a ghost of"
        return replace(seen, rows=read(session)), str(found[0])

    return plant


def _sent(told: Callable[[Evidence], tuple[Sent, int, str]]) -> Plant:
    """A message more, or less."""

    def plant(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
        message, times, name = told(seen)
        sent = copy(seen.sent)
        sent[message] += times
        return replace(seen, sent=+sent), name

    return plant


def _call(name: str, **told: Any) -> Plant:
    """An answer more, in a history of its own; `name` is how what is wrong with it begins."""

    def plant(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
        usual: dict[str, Any] = {
            "at": 1.0,
            "who": "customer",
            "method": "POST",
            "path": "/tickets",
            "key": "k",
            "status": None,
            "code": None,
            "error": None,
            "seconds": 0.1,
            "retry_after": None,
            "subject": None,
        }
        history: History = copy(seen.history)
        history.calls = [*seen.history.calls, Call(**{**usual, **told})]
        return replace(seen, history=history), name

    return plant


def _sms_of_somebody(seen: Evidence) -> tuple[Sent, int, str]:
    [message, *_] = [m for m in seen.sent if m.channel == "sms"]
    row = next(r for r in seen.rows.notifications if mark_of(r["id"]) == message.mark)
    return message, 1, row["id"]


def _never_arrived(seen: Evidence) -> tuple[Sent, int, str]:
    message, _, name = _sms_of_somebody(seen)
    return message, -1, name


def _stranger(_seen: Evidence) -> tuple[Sent, int, str]:
    return Sent("sms", "+15005550100", "#AAAAAAAA", "Win a fridge!\n#AAAAAAAA"), 1, "#AAAAAAAA"


def _bill(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
    return replace(seen, bills=seen.bills | {"billing-nobody-1"}), "billing-nobody-1"


def _question(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
    ghost = Asking("esc_nobody", "ticket-nobody.PARTIAL", runs=True)
    return replace(seen, asking=[*seen.asking, ghost]), "esc_nobody"


def _frozen(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
    ticket_id = next(iter(seen.told))
    return replace(seen, late={ticket_id: "MATCHING, 503 answer-late"}), ticket_id


def _lost_workflow(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
    lost, *others = seen.told
    return replace(seen, told={name: seen.told[name] for name in others}), lost


_EVENT: LiteralString = """insert into events (id, subject_kind, subject_id, aggregate, seq,
    type, occurred_at, recorded_at, actor_role, actor_id, cause, facts)
    select 'evt_ghost', 'ticket', id, id, seq + 1, 'ticket.cancelled', now(), now(), 'customer',
    'cus_nobody', 'never-sent', '{}' from tickets where status = 'SCHEDULED' limit 1 returning id"""
_NOTICE: LiteralString = """insert into notifications (id, subject_kind, subject_id, event_id,
    recipient_role, recipient_id, template, facts, state, created_at)
    select 'ntf_ghost', subject_kind, subject_id, id, 'customer', 'cus_nobody', type, '{}',
        'QUEUED', now()
    from events where id = 'evt_ghost' returning id"""

GHOSTS: Mapping[str, Ghost] = {
    "a row ahead of its workflow": Ghost(
        "rows",
        in_rows("update tickets set seq = seq + 1 where status = 'SCHEDULED' returning id"),
    ),
    "a row that says another status": Ghost(
        "rows",
        in_rows("update tickets set status = 'CANCELLED' where status = 'MATCHING' returning id"),
    ),
    "a ticket that has a row and no workflow": Ghost("rows", _lost_workflow),
    "a visit at another time": Ghost(
        "visits",
        in_rows("""update visits set start_at = start_at + interval '1 hour'
            where state = 'SCHEDULED' returning id"""),
    ),
    "a group that is settled in the database only": Ghost(
        "visits",
        in_rows("""update visit_groups set match_state = 'FINALISED'
            where match_state = 'NO_COMMON_TIME' returning id"""),
    ),
    "a reserved assignment of a cancelled ticket": Ghost(
        "crews",
        in_rows("""update assignments a set state = 'RESERVED' from tickets t
            where t.id = a.ticket_id and t.status = 'CANCELLED' returning a.id"""),
    ),
    "a crew that nobody booked": Ghost(
        "crews",
        in_rows("update assignments set state = 'RELEASED' where state = 'RESERVED' returning id"),
    ),
    "a doubled booking": Ghost(
        "calendars",
        in_rows(
            "alter table assignments drop constraint one_place_at_a_time",
            """insert into assignments (id, ticket_id, group_id, round, visit_id, position,
                expert_id, expert_no, source, state, start_at, end_at, blocked, lat, lng)
            select 'zzz_twice', ticket_id, group_id, round, 'vis_other', position, expert_id,
                expert_no, source, state, start_at, end_at, blocked, lat, lng
            from assignments where state = 'RESERVED' limit 1 returning id""",
        ),
    ),
    "a proposal that the workflow lacks": Ghost(
        "proposals",
        in_rows("""insert into proposals (id, ticket_id, visit_id, expert_id, seq, state, windows)
            select 'prp_ghost', ticket_id, visit_id, expert_id, seq + 1, 'ACTIVE', windows
            from proposals limit 1 returning id"""),
    ),
    "an event that no workflow decided": Ghost("events", in_rows(_EVENT)),
    "a gap in the timeline": Ghost(
        "events",
        in_rows("""update events set seq = seq + 1 where (aggregate, seq) in
            (select id, seq from tickets where status = 'MATCHING') returning aggregate"""),
    ),
    "an event without a cause": Ghost("causes", in_rows(_EVENT)),
    "a live escalation of a ticket that is over": Ghost(
        "questions",
        in_rows("""update escalations e set state = 'OPEN' from tickets t
            where t.id = e.ticket_id and t.status = 'CANCELLED' returning e.id"""),
    ),
    "an escalation that nobody asked for": Ghost("questions", _question),
    "an invoice without a completed round": Ghost(
        "bills",
        in_rows("""insert into invoices (id, number, subject_kind, subject_id, round, customer_id,
                state, currency, total, lines, issued_at)
            select 'inv_ghost', 99999, 'ticket', id, 1, customer_id, 'OPEN', 'EUR', 1, '[]', now()
            from tickets where status = 'SCHEDULED' limit 1 returning id"""),
    ),
    "a bill that was never issued": Ghost(
        "bills",
        in_rows("""delete from invoices returning
            'billing-' || substring(ticket_id from 5) || '-' || round"""),
    ),
    "a billing that nobody started": Ghost("bills", _bill),
    "an SMS that nobody ordered": Ghost("ordered", _sent(_stranger)),
    "an SMS that came twice": Ghost("once", _sent(_sms_of_somebody)),
    "an SMS that counts as sent and never came": Ghost("once", _sent(_never_arrived)),
    "a notification of an event that never was": Ghost("told", in_rows(_EVENT, _NOTICE)),
    "a notification of another time": Ghost(
        "told",
        in_rows("""update notifications set
                facts = facts || '{"start": "2031-01-01T08:00:00+00:00"}'
            where template = 'visit.scheduled' returning id"""),
    ),
    "a letter that names another day": Ghost(
        "told",
        in_rows(
            """update events set facts = facts || '{"start": "2031-01-01T08:00:00+00:00"}'
            where type = 'visit.scheduled'""",
            """update notifications set
                facts = facts || '{"start": "2031-01-01T08:00:00+00:00"}'
            where template = 'visit.scheduled' returning id""",
        ),
    ),
    "a ticket that was accepted and lost": Ghost(
        "tickets", _call("tkt_lost", status=201, subject="tkt_lost")
    ),
    "an incident": Ghost("answers", _call("500 internal-error", status=500, code="internal-error")),
    "a refusal without a reason": Ghost(
        "answers", _call("409 no-such-code", status=409, code="no-such-code")
    ),
    "an unavailability without an end": Ghost(
        "answers", _call("503 without Retry-After", status=503, code="answer-late")
    ),
    "an untrue excuse": Ghost(
        "answers", _call("503 ticket-paused", status=503, code="ticket-paused", retry_after="2")
    ),
    "silence while somebody was there": Ghost("answers", _call("no answer", error="ReadError")),
    "a ticket that takes no command": Ghost("commands", _frozen),
}
