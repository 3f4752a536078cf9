# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""What the relay is to tell, read in sets: one statement each, however many messages it is about.

A delivery is claimed with everything that its letter names, as plain values: nothing is looked up
message by message. Rows of other tables are found by sub-selects, so that a claim of eight looks up
eight keys whatever the planner believes of the tables' sizes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json

from models.db.engine import Database
from models.message.notification import MessageChannel

_SOMETHING_GOES_FIRST = """exists (
    select from notifications before join events its on its.id = before.event_id
    where before.ticket_id = n.ticket_id and before.recipient_id = n.recipient_id
    and before.state = 'QUEUED' and (before.created_at, its.seq) < (n.created_at, e.seq))"""
"""Whether the recipient still waits for older news of the same ticket: nobody should read of a
cancellation before they read of the visit."""
_PERSON = """case recipient_role
    when 'customer' then (
        select jsonb_build_array(phone, email, channels, locale)
        from customers c where c.id = recipient_id)
    when 'expert' then (
        select jsonb_build_array(phone, email, channels, locale)
        from experts x where x.id = recipient_id) end"""
_UNTOLD = f"""select id, ticket_id, template, recipient_role, {_PERSON}
from notifications n
where state = 'QUEUED'
and not exists (select from deliveries d where d.notification_id = n.id offset 0)
order by created_at, id limit %(most)s"""
_CLAIM = f"""with asked as materialized (
    select %(rooms)s::jsonb as rooms, %(now)s::timestamptz as now),
mine as materialized (
    select due.*
    from asked cross join lateral jsonb_each_text(asked.rooms) as lane(channel, room)
    cross join lateral (
        select d.id, d.notification_id, d.hop, d.channel, d.attempts, d.uncertain, d.error,
            n.ticket_id, n.template, n.recipient_role, n.facts, n.created_at,
            e.seq, e.occurred_at, t.number, t.slots, t.zone, d.due_at, n.recipient_id
        from deliveries d
        join notifications n on n.id = d.notification_id
        join events e on e.id = n.event_id
        join tickets t on t.id = n.ticket_id
        where d.state = 'QUEUED' and d.channel = lane.channel and d.due_at <= asked.now
        and not {_SOMETHING_GOES_FIRST}
        order by d.due_at, d.id limit lane.room::int for update of d skip locked) as due),
leased as (
    update deliveries d set attempts = d.attempts + 1, uncertain = true, due_at = %(until)s
    where d.id = any(array(select id from mine)))
select id, notification_id, hop, channel, attempts, uncertain, error, ticket_id, template,
    recipient_role, created_at, seq, occurred_at, number, jsonb_build_array(
        facts, slots,
        (select jsonb_build_array(tz, city) from zones z where z.code = zone),
        {_PERSON},
        (select jsonb_agg(jsonb_build_array(
            v.id, v.seq, v.state, v.minutes, v.start_at, v.slots) order by v.seq)
            from visits v where v.ticket_id = mine.ticket_id),
        (select jsonb_build_array(street, postcode, city)
            from ticket_private p where p.ticket_id = mine.ticket_id),
        (select jsonb_build_array(total, currency)
            from invoices i where i.id = facts ->> 'invoice_id'),
        (select jsonb_agg(jsonb_build_array(
            d.id, d.hop, d.channel, d.attempts, d.error) order by d.hop)
            from deliveries d where d.notification_id = mine.notification_id))
from mine order by due_at, id"""
"""What is asked for stands apart, where the planner does not see it: one plan serves every claim,
and to plan it again takes longer than to claim."""
_LANES = ", ".join(f"('{channel}')" for channel in MessageChannel)
_NEXT_DUE = f"""select min(due.due_at)
from (values {_LANES}) as lane(channel)
cross join lateral (
    select d.due_at from deliveries d
    join notifications n on n.id = d.notification_id
    join events e on e.id = n.event_id
    where d.state = 'QUEUED' and d.channel = lane.channel and not {_SOMETHING_GOES_FIRST}
    order by d.due_at limit 1) as due"""


class Person(NamedTuple):
    """How a customer or an expert can be reached."""

    phone: str
    email: str
    channels: list[str]
    locale: str


class Untold(NamedTuple):
    """An intent that no channel was chosen for yet; `person` is None for the staff, and for
    somebody who is gone."""

    notification_id: str
    ticket_id: str
    template: str
    recipient_role: str
    person: Person | None


class Place(NamedTuple):
    """Where a visit is."""

    street: str | None
    postcode: str | None
    city: str | None


class Zone(NamedTuple):
    """The zone of a ticket: its IANA time zone and its city."""

    tz: str
    city: str


class Planned(NamedTuple):
    """A visit as it stands now."""

    id: str
    seq: int
    state: str
    minutes: int
    start: datetime | None
    slots: list[dict[str, Any]] | None


class KnownTry(NamedTuple):
    """How far one channel was tried; a higher hop was tried later."""

    delivery_id: str
    hop: int
    channel: str
    attempts: int
    error: str | None


class Due(NamedTuple):
    """A delivery whose time has come, leased, with everything its letter may name.

    `attempts` and `uncertain` are as they were before the lease; `total` of the bill is in minor
    units; `visits` are all of the ticket, `tries` all of the notification, both in order.
    """

    delivery_id: str
    notification_id: str
    hop: int
    channel: MessageChannel
    attempts: int
    uncertain: bool
    error: str | None
    ticket_id: str
    template: str
    recipient_role: str
    created_at: datetime
    seq: int
    occurred_at: datetime
    number: int
    facts: dict[str, str]
    slots: list[dict[str, Any]]
    zone: Zone | None
    person: Person | None
    visits: tuple[Planned, ...]
    place: Place | None
    bill: tuple[int, str] | None
    tries: tuple[KnownTry, ...]

    @property
    def attempt(self) -> int:
        """Which attempt the lease is for; it tells it from a later one of another relay."""
        return self.attempts + 1


def untold(database: Database, most: int) -> list[Untold]:
    """The oldest intents that no channel was chosen for yet."""
    found = [Untold(*row) for row in database.rows_at_once(_UNTOLD, {"most": most})]
    return [news._replace(person=news.person and Person(*news.person)) for news in found]


def claim(
    database: Database, rooms: Mapping[MessageChannel, int], now: datetime, until: datetime
) -> list[Due]:
    """Lease what is due until some time, at most so many over each channel; what another relay is
    about to take is left to it. Should its holder die over a delivery, whoever takes it when the
    lease is over asks the provider first."""
    asked = {"rooms": to_json(rooms).decode(), "now": now, "until": until}
    return [_due(row) for row in database.rows_at_once(_CLAIM, asked)]


def next_due(database: Database) -> datetime | None:
    """When the next delivery is due."""
    found: datetime | None = database.at_once(_NEXT_DUE, {})
    return found


def _due(row: Sequence[Any]) -> Due:
    *columns, named = row
    known = Due(*columns, *named)
    return known._replace(
        channel=MessageChannel(known.channel),
        zone=known.zone and Zone(*known.zone),
        person=known.person and Person(*known.person),
        visits=tuple(_planned(visit) for visit in known.visits or ()),
        place=known.place and Place(*known.place),
        tries=tuple(KnownTry(*tried) for tried in known.tries),
    )


def _planned(columns: Sequence[Any]) -> Planned:
    known = Planned(*columns)
    return known._replace(start=datetime.fromisoformat(columns[4])) if known.start else known
