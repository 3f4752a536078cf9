# ruff: noqa: S608, our own words; values travel as parameters.
"""Admitting a ticket: its words filed and all that is known looked up, in one statement."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import to_json

from models.db.catalogue.policy_changes import HEARD_WHEN_FILED
from models.db.engine import Database, Session
from models.db.ticket.tables import TicketPrivateRow
from models.geography import Spot
from models.messages.ticket import OpenTicket
from models.rules.ticket.admission import Found
from models.ticket import Coverage, TicketStatus


class Address(NamedTuple):
    """Where a ticket's visits are, if not where its customer's file says."""

    street: str
    city: str
    postcode: str
    country: str
    place: Spot


UNIDENTIFIED = "unidentified"
"""The category of an appliance that nobody has named yet: somebody comes and looks."""

_LOOK_UP = (
    """select jsonb_build_object(
    'zone', z.code,
    'known', c.id is not null,
    'hours', z.hours,
    'model', m.id,
    'category', coalesce(m.category, %(category)s),
    'minutes', k.visit_minutes,
    'skills', k.skills,
    'plans', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'plan_id', p.id, 'status', s.status, 'categories', p.categories,
            'included_visits', p.included_visits, 'price', p.price, 'sla', p.sla
        ) order by s.started_on, s.id), '[]')
        from subscriptions s join plans p on p.id = s.plan_id
        where s.customer_id = %(customer_id)s),
    'policies', (
        select coalesce(jsonb_object_agg(name, value), '{}')
        from policies where urgency = %(urgency)s),
    'particular', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'name', name, 'value', value, 'zone', nullif(zone, ''), 'plan', nullif(plan, '')
        )), '[]')
        from particular_policies
        where urgency = %(urgency)s and zone in ('', coalesce(z.code, ''))),
    'policies_version', """
    + HEARD_WHEN_FILED
    + """) as found
from (select) as nothing
left join customers c on c.id = %(customer_id)s
left join zones z on z.code = coalesce(%(own_zone)s, c.zone)
left join models m on m.id = %(model_id)s
left join lateral (
    select visit_minutes, skills from categories
    where code in (coalesce(m.category, %(category)s), %(unidentified)s)
    order by code = %(unidentified)s limit 1) k on true"""
)
_FILE = f"""with looked_up as ({_LOOK_UP}),
ticket as (
    insert into tickets (
        id, seq, status, customer_id, channel, urgency, coverage, round, slots, attention, timers,
        clocks, opened_at, fingerprint, found, policies_version)
    select
        %(ticket_id)s, 0, %(status)s, %(customer_id)s, %(channel)s, %(urgency)s, %(coverage)s, 1,
        %(slots)s::jsonb, '[]', '[]', '[]', %(opened_at)s, %(fingerprint)s, looked_up.found,
        (looked_up.found ->> 'policies_version')::bigint
    from looked_up
    on conflict do nothing returning id),
papers as (
    insert into ticket_private (
        ticket_id, description, model_text, contact, street, city, postcode, country, lat, lng,
        precision)
    select ticket.id, %(description)s, %(model_text)s, %(contact)s::jsonb, street, city, postcode,
        country, lat, lng, coalesce(precision, 'exact')
    from ticket left join customers on customers.id = %(customer_id)s)
select coalesce((select found from tickets where id = %(ticket_id)s), looked_up.found)
from looked_up"""
_KEEP_FOUND = """update tickets
set found = case when (found ->> 'asked')::boolean then found else %(found)s::jsonb end
where id = %(ticket_id)s returning found"""
_SET_PLACE = """update ticket_private p set
    street = c.street, city = c.city, postcode = c.postcode, country = c.country,
    lat = c.lat, lng = c.lng, precision = c.precision
from customers c
where p.ticket_id = %(ticket_id)s and p.lat is null and c.id = %(customer_id)s"""


def look_up(session: Session, opened: OpenTicket, own_zone: str | None = None) -> Found:
    """What is known about a ticket, perhaps at an address of its own."""
    asked = {**_asked(opened), "own_zone": own_zone}
    answer = session.connection().exec_driver_sql(_LOOK_UP, asked)
    return Found.model_validate(answer.scalar_one())


def add_words(
    session: Session, ticket_id: str, model_text: str | None, address: Address | None
) -> None:
    """Put what somebody added to a ticket into its papers; added twice, it is there once."""
    row = session.get_one(TicketPrivateRow, ticket_id)
    row.model_text = model_text or row.model_text
    if address is not None:
        row.street, row.city = address.street, address.city
        row.postcode, row.country = address.postcode, address.country
        row.lat, row.lng = address.place.lat, address.place.lng
        row.precision = address.place.precision


def set_place(session: Session, ticket_id: str, customer_id: str) -> None:
    """Send the experts where the customer's file says, if nobody knew where before."""
    known = {"ticket_id": ticket_id, "customer_id": customer_id}
    session.connection().exec_driver_sql(_SET_PLACE, known)


def file_and_look_up(database: Database, opened: OpenTicket, words: Mapping[str, Any]) -> Found:
    """Put a new ticket and its words in, and look up what is known about it. One that is there
    already stays as it is, and what was found then is the answer: an attempt that failed may have
    told people of it."""
    new = {
        "ticket_id": opened.ticket_id,
        "status": TicketStatus.RECEIVED.value,
        "channel": opened.channel.value,
        "coverage": Coverage.UNKNOWN.value,
        "slots": to_json(opened.slots).decode(),
        "opened_at": opened.opened_at,
        "fingerprint": opened.fingerprint,
        "description": words["description"],
        "model_text": words["model_text"],
        "contact": to_json(contact).decode() if (contact := words.get("contact")) else None,
    }
    return Found.model_validate(database.at_once(_FILE, {**_asked(opened), **new}))


def keep_found(database: Database, ticket_id: str, found: Found) -> Found:
    """Keep what was asked for about a new ticket: what was first heard is the answer."""
    kept = {"ticket_id": ticket_id, "found": to_json(found).decode()}
    return Found.model_validate(database.at_once(_KEEP_FOUND, kept))


def _asked(opened: OpenTicket) -> dict[str, Any]:
    return {
        "customer_id": opened.customer_id,
        "model_id": opened.model_id,
        "category": opened.category,
        "urgency": opened.urgency.value,
        "unidentified": UNIDENTIFIED,
        "own_zone": None,
    }
