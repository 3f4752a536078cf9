# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""What the relay is to tell, read in sets: one statement each, however many messages it is about.

A delivery is claimed with everything that its letter names, as plain values, whatever kind of thing
it is about: nothing is looked up message by message. Rows of other tables are found by sub-selects,
so that a claim of eight looks up eight keys whatever the planner believes of the tables' sizes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from pydantic_core import to_json

from models.db.engine import Database
from models.db.message.subjects import KNOWN
from models.message.news import Earlier
from models.message.notification import MessageChannel
from models.message.preferences import QuietHours
from models.rules.message.reaching import ASKS_TO_ACKNOWLEDGE
from models.subject import Subject

_SOMETHING_GOES_FIRST = """exists (
    select from notifications before join events its on its.id = before.event_id
    where before.subject_id = n.subject_id and before.state = 'QUEUED'
    and (before.created_at, its.seq) < (n.created_at, e.seq)
    and (before.recipient_id = n.recipient_id
        or (before.template = 'expert.assigned' and n.template = 'assignment.cancelled'
            or before.template in ('expert.assigned', 'assignment.cancelled')
            and n.template = 'visit.changed')
        and before.facts ->> 'visit_id' = n.facts ->> 'visit_id'
        and not exists (select from deliveries d where d.notification_id = before.id
            and (d.error is not null or before.quiet_until is not null))))"""
"""Whether the recipient still waits for older news of the same subject: nobody should read of a
cancellation before they read of the visit. Where one expert comes in another's place, whoever comes
is told before whoever need not, and the customer last; but nobody waits for somebody who cannot be
reached at the first try, or wants to be left alone."""
_PERSON = """case recipient_role
    when 'customer' then (
        select jsonb_build_array(
            phone, email, channels, locale, opted_out, declined, quiet_hours)
        from customers c where c.id = recipient_id)
    when 'expert' then (
        select jsonb_build_array(
            phone, email, channels, locale, opted_out, declined, quiet_hours)
        from experts x where x.id = recipient_id) end"""


def _last_way(row: str, own: str) -> str:
    """Over which channel the recipient of a row was last told of the visit that they are to
    acknowledge."""
    return f"""case when template in {ASKS_TO_ACKNOWLEDGE} then (
        select d.channel from deliveries d join notifications o on o.id = d.notification_id
        where o.ticket_id = {row}.subject_id and o.recipient_id = {row}.recipient_id
        and o.id <> {row}.{own} and o.template in {ASKS_TO_ACKNOWLEDGE} and d.state = 'SENT'
        and o.facts ->> 'visit_id' = {row}.facts ->> 'visit_id'
        order by d.sent_at desc limit 1) end"""


_ABOUT = " ".join(f"when '{kind}' then ({known.sql})" for kind, known in KNOWN.items())
_UNTOLD = f"""select id, subject_kind, subject_id, template, recipient_role, created_at, {_PERSON},
    {_last_way("n", "id")}
from notifications n
where state = 'QUEUED' and created_at <= %(now)s
and not exists (select from deliveries d where d.notification_id = n.id offset 0)
order by created_at, id limit %(most)s"""
_TOLD_BEFORE = """select jsonb_agg(jsonb_build_array(
            b.template, b.facts, b.created_at, e.seq, exists (
                select from deliveries d where d.notification_id = b.id
                and d.state = 'SENT' and d.channel = 'email'))
            order by b.created_at, e.seq)
        from notifications b join events e on e.id = b.event_id
        where b.ticket_id = mine.subject_id and b.recipient_id = mine.recipient_id
        and b.id <> mine.notification_id
        and (b.state = 'SENT' or exists (
            select from deliveries d where d.notification_id = b.id and d.uncertain))"""
"""What the recipient knows of the same ticket from us, or may know."""
_REPORTED = """select jsonb_agg(distinct e.facts ->> 'visit_id')
        from events e
        where e.ticket_id = mine.subject_id and e.facts ? 'client_event_id'
        and e.facts ->> 'expert_id' = mine.recipient_id"""
_ANSWERED = """select state in ('RESOLVED', 'AUTO_RESOLVED')
        from escalations x
        where x.ticket_id = mine.subject_id and x.workflow_id = mine.facts ->> 'workflow_id'
        order by x.opened_at desc limit 1"""
_CLAIM = f"""with asked as materialized (
    select %(rooms)s::jsonb as rooms, %(now)s::timestamptz as now),
mine as materialized (
    select due.*
    from asked cross join lateral jsonb_each_text(asked.rooms) as lane(channel, room)
    cross join lateral (
        select d.id, d.notification_id, d.hop, d.channel, d.attempts, d.uncertain, d.error,
            n.subject_kind, n.subject_id, n.template, n.recipient_role, n.facts, n.created_at,
            e.seq, e.occurred_at, d.due_at, n.recipient_id
        from deliveries d
        join notifications n on n.id = d.notification_id
        join events e on e.id = n.event_id
        where d.state = 'QUEUED' and d.channel = lane.channel and d.due_at <= asked.now
        and not {_SOMETHING_GOES_FIRST}
        order by d.due_at, d.id limit lane.room::int for update of d skip locked) as due),
leased as (
    update deliveries d set attempts = d.attempts + 1, uncertain = true, due_at = %(until)s
    where d.id = any(array(select id from mine)))
select id, notification_id, hop, channel, attempts, uncertain, error, subject_kind, subject_id,
    template, recipient_role, recipient_id, created_at, seq, occurred_at, jsonb_build_array(
        facts,
        {_PERSON},
        case subject_kind {_ABOUT} end,
        (select jsonb_build_array(total, currency)
            from invoices i where i.id = facts ->> 'invoice_id'),
        (select jsonb_agg(jsonb_build_array(
            d.id, d.hop, d.channel, d.attempts, d.error) order by d.hop)
            from deliveries d where d.notification_id = mine.notification_id),
        ({_TOLD_BEFORE}),
        ({_REPORTED}),
        ({_ANSWERED}),
        ({_last_way("mine", "notification_id")}))
from mine order by due_at, id"""
"""What is asked for stands apart, where the planner does not see it: one plan serves every claim,
and to plan it again takes longer than to claim."""
_ABOUT_IS = 2
_LANES = ", ".join(f"('{channel}')" for channel in MessageChannel)
_WAITING_SINCE = """select least(
    (select min(due_at) from deliveries where state = 'QUEUED'),
    (select created_at from notifications n where state = 'QUEUED'
    and not exists (select from deliveries d where d.notification_id = n.id offset 0)
    order by created_at limit 1))"""
_NEXT_DUE = f"""select min(due.due_at)
from (values {_LANES}) as lane(channel)
cross join lateral (
    select d.due_at from deliveries d
    join notifications n on n.id = d.notification_id
    join events e on e.id = n.event_id
    where d.state = 'QUEUED' and d.channel = lane.channel and not {_SOMETHING_GOES_FIRST}
    order by d.due_at limit 1) as due"""


class Person(NamedTuple):
    """How a customer or an expert can be reached, what they do not want to hear of, and when they
    are to be left alone."""

    phone: str
    email: str
    channels: list[str]
    locale: str
    opted_out: dict[str, dict[str, str]]
    declined: list[str]
    quiet_hours: QuietHours | None

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Self:
        """Somebody as a statement found them."""
        known = cls(*columns)
        quiet = known.quiet_hours
        return known._replace(quiet_hours=quiet and QuietHours.model_validate(quiet))


class Untold(NamedTuple):
    """An intent that no channel was chosen for yet; `person` is None for the staff, and for
    somebody who is gone. `created_at` is since when it waits; `last_way` the channel over which
    they were told of the same before."""

    notification_id: str
    subject: Subject
    template: str
    recipient_role: str
    created_at: datetime
    person: Person | None
    last_way: MessageChannel | None = None


class KnownTry(NamedTuple):
    """How far one channel was tried; a higher hop was tried later."""

    delivery_id: str
    hop: int
    channel: str
    attempts: int
    error: str | None


class Due(NamedTuple):
    """A delivery whose time has come, leased, with everything its letter may name.

    `attempts` and `uncertain` are as they were before the lease; `about` is what is known of the
    subject, None if it is gone; `total` of the bill is in minor units; `tries` are all of the
    notification, in order. `earlier` is what its recipient was told of the subject, `reported` are
    the visits that they reported from, `answered` whether the question that it names has ended,
    `last_way` the channel over which they were told of the same before.
    """

    delivery_id: str
    notification_id: str
    hop: int
    channel: MessageChannel
    attempts: int
    uncertain: bool
    error: str | None
    subject: Subject
    template: str
    recipient_role: str
    recipient_id: str
    created_at: datetime
    seq: int
    occurred_at: datetime
    facts: dict[str, str]
    person: Person | None
    about: object
    bill: tuple[int, str] | None
    tries: tuple[KnownTry, ...]
    earlier: tuple[Earlier, ...] = ()
    reported: frozenset[str] = frozenset()
    answered: bool = False
    last_way: MessageChannel | None = None

    @property
    def attempt(self) -> int:
        """Which attempt the lease is for; it tells it from a later one of another relay."""
        return self.attempts + 1


def untold(database: Database, now: datetime, most: int) -> list[Untold]:
    """The oldest intents whose time has come and that no channel was chosen for yet."""
    found = database.rows_at_once(_UNTOLD, {"now": now, "most": most})
    return [
        Untold(
            *(named, Subject(kind=kind, id=subject), template, role, since),
            person=person and Person.of(person),
            last_way=way and MessageChannel(way),
        )
        for named, kind, subject, template, role, since, person, way in found
    ]


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


def waiting_since(database: Database) -> datetime | None:
    """Since when, or from when, the oldest waits that nobody holds: a delivery, or news that is not
    taken up yet."""
    found: datetime | None = database.at_once(_WAITING_SINCE, {})
    return found


def _due(row: Sequence[Any]) -> Due:
    *leased, kind, subject, template, role, reader, created_at, seq, occurred_at, named = row
    about = Subject(kind=kind, id=subject)
    event = (template, role, reader, created_at, seq, occurred_at)
    *known_of, earlier, reported, answered, last_way = named
    known = Due(*[*leased, about, *event, *known_of])
    return known._replace(
        channel=MessageChannel(known.channel),
        person=known.person and Person.of(known.person),
        about=KNOWN[about.kind].read(named[_ABOUT_IS]) if named[_ABOUT_IS] else None,
        tries=tuple(KnownTry(*tried) for tried in known.tries),
        earlier=tuple(
            Earlier(template, facts, datetime.fromisoformat(at), seq, by_mail)
            for template, facts, at, seq, by_mail in earlier or ()
        ),
        reported=frozenset(reported or ()),
        answered=bool(answered),
        last_way=last_way and MessageChannel(last_way),
    )
