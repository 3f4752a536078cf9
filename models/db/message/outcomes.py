# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""What became of deliveries, written in sets: one statement each, however many they are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from models.db.engine import Database
from models.identity import derived_id
from models.message.notification import DeliveryState, MessageChannel, NotificationState
from models.rules.message.overtaking import RESTORED

NOT_NEEDED = "not-needed"
"""Of a try that was under way when good news of another came late."""

_BEGIN = """with queued as (
    insert into deliveries (
        id, notification_id, hop, channel, state, attempts, uncertain, due_at)
    select first.id, n.id, 1, first.channel, 'QUEUED', 0, false, first.due_at
    from jsonb_to_recordset(%(tries)s::jsonb) as first(
        id text, notification_id text, channel text, due_at timestamptz)
    join notifications n on n.id = first.notification_id
    order by first.id for key share of n
    on conflict do nothing)
update notifications set state = 'UNDELIVERABLE'
where id in (select jsonb_array_elements_text(%(unreachable)s::jsonb)) and state = 'QUEUED'
returning id"""
"""Of two relays that take up the same intents, in the same order, the second finds them begun."""

_STOPPED = ", ".join(
    f"""stopped_{people} as (
    update {people} p set opted_out = p.opted_out || jsonb_build_object(
        moved.channel, jsonb_build_object('address', moved.stopped, 'since', %(now)s::timestamptz))
    from moved
    where moved.stopped is not null and moved.role = '{role}' and p.id = moved.reader)"""
    for people, role in (("customers", "customer"), ("experts", "expert"))
)
_WISHED_AGAIN = f"""wished_again as (
    update status_subscriptions s set
        asked_at = least(s.asked_at,
            coalesce((n.facts ->> 'asked_at')::timestamptz, e.recorded_at)),
        told_at = case when s.told_at > e.recorded_at then s.told_at end
    from moved
    join notifications n on n.id = moved.notification_id
    join events e on e.id = n.event_id
    where moved.told = 'SUPPRESSED' and n.template = '{RESTORED}' and not moved.uncertain
    and s.customer_id = n.recipient_id)"""
"""Who asked to be told when all is back, and was not, because something is away again, waits for it
as before. One who may have been told does not."""
_WRITE = f"""with became as materialized (
    select * from jsonb_to_recordset(%(outcomes)s::jsonb) as it(
        id text, attempt int, state text, told text, error text, uncertain bool, attempts int,
        due_at timestamptz, provider text, provider_ref text,
        next_id text, next_hop int, next_after text, next_channel text, next_at timestamptz,
        stopped text, quiet_until timestamptz)),
moved as (
    update deliveries d set
        state = it.state, error = it.error, uncertain = it.uncertain,
        attempts = coalesce(it.attempts, d.attempts), due_at = coalesce(it.due_at, d.due_at),
        provider = coalesce(it.provider, d.provider),
        provider_ref = coalesce(it.provider_ref, d.provider_ref),
        sent_at = case it.state when 'SENT' then %(now)s else d.sent_at end
    from became it, notifications n
    where d.id = it.id and n.id = d.notification_id and case it.state
        when 'SENT' then d.state <> 'SENT'
        else d.state = 'QUEUED' and d.attempts = it.attempt end
    returning d.notification_id, d.channel, n.recipient_role as role, n.recipient_id as reader,
        it.*),
not_needed as (
    update deliveries d set state = 'FAILED', error = %(not_needed)s
    from moved
    where moved.state = 'SENT' and d.notification_id = moved.notification_id
    and d.state = 'QUEUED' and d.id not in (select id from became)),
passed_on as (
    insert into deliveries (
        id, notification_id, hop, fallback_of, channel, state, attempts, uncertain, due_at)
    select next_id, notification_id, next_hop, next_after, next_channel, 'QUEUED', 0, false,
        next_at
    from moved where next_id is not null
    on conflict (id) do update set state = 'QUEUED', due_at = excluded.due_at
    where deliveries.state <> 'SENT'),
{_STOPPED},
{_WISHED_AGAIN},
kept_quiet as (
    update notifications n set quiet_until = moved.quiet_until, created_at = moved.quiet_until
    from moved
    where n.id = moved.notification_id and moved.quiet_until is not null and n.state = 'QUEUED'),
told as (
    update notifications n set state = moved.told, suppressed = case
        when moved.told = 'SUPPRESSED' then moved.error end
    from moved
    where n.id = moved.notification_id and (moved.told = 'SENT'
        or moved.told is not null and n.state = 'QUEUED'))
select id from moved"""
"""Good news counts whenever it comes; bad news only from who still holds the lease. Of a
notification that was erased, nothing moves."""


class FirstTry(NamedTuple):
    """The channel that a notification is tried over first, and when."""

    notification_id: str
    channel: MessageChannel
    due_at: datetime


class Outcome(NamedTuple):
    """What becomes of a delivery that was leased for an attempt; None leaves a column as it is.

    `told` is what becomes of the notification. The try of another channel that follows is named by
    `next_id`, and queued anew if it is there. `stopped` is the address from which the recipient
    answered STOP. Until `quiet_until` the notification waits like one whose time has not come: it
    keeps back no other news.
    """

    id: str
    attempt: int
    state: DeliveryState
    error: str | None
    uncertain: bool
    told: NotificationState | None = None
    attempts: int | None = None
    due_at: datetime | None = None
    provider: str | None = None
    provider_ref: str | None = None
    next_id: str | None = None
    next_hop: int | None = None
    next_after: str | None = None
    next_channel: MessageChannel | None = None
    next_at: datetime | None = None
    stopped: str | None = None
    quiet_until: datetime | None = None


def delivery_id(notification_id: str, hop: int) -> str:
    """The delivery of a notification's hop; hop 1 is the recipient's first choice."""
    return derived_id("dlv", notification_id, str(hop))


def begin(database: Database, tries: Sequence[FirstTry], unreachable: Sequence[str]) -> set[str]:
    """Queue the first tries of notifications, and give those up that reach nobody; answers which
    were given up. A try that is there already stays as it is."""
    first: list[dict[str, Any]] = [
        {"id": delivery_id(t.notification_id, 1), **t._asdict()} for t in tries
    ]
    values = {"tries": _json(first), "unreachable": _json(unreachable)}
    return {given_up for (given_up,) in database.rows_at_once(_BEGIN, values)}


def write_outcomes(database: Database, outcomes: Sequence[Outcome], now: datetime) -> set[str]:
    """Write down what became of deliveries, at most one failure of each notification and none
    beside good news of it; answers which deliveries that was news of."""
    values = {
        "outcomes": _json([outcome._asdict() for outcome in outcomes]),
        "not_needed": NOT_NEEDED,
        "now": now,
    }
    return {moved for (moved,) in database.rows_at_once(_WRITE, values)}


def _json(values: Sequence[Any]) -> str:
    return to_json(values).decode()
