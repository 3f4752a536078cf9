"""What a letter about a ticket may speak of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

ABOUT_TICKET = """select jsonb_build_array(
        t.number, t.slots,
        (select jsonb_build_array(tz, city) from zones z where z.code = t.zone),
        (select jsonb_agg(jsonb_build_array(
            v.id, v.seq, v.state, v.minutes, v.start_at, v.slots) order by v.seq)
            from visits v where v.ticket_id = t.id),
        (select jsonb_build_array(street, postcode, city)
            from ticket_private p where p.ticket_id = t.id))
    from tickets t where t.id = mine.subject_id"""
"""Of the ticket that a row of `mine` names."""


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


class AboutTicket(NamedTuple):
    """A ticket as it stands now; `visits` are all of it, in their order."""

    number: int
    slots: list[dict[str, Any]]
    zone: Zone | None
    visits: tuple[Planned, ...]
    place: Place | None


def about_ticket(found: Sequence[Any]) -> AboutTicket:
    """What `ABOUT_TICKET` found."""
    known = AboutTicket(*found)
    return known._replace(
        zone=known.zone and Zone(*known.zone),
        visits=tuple(_planned(visit) for visit in known.visits or ()),
        place=known.place and Place(*known.place),
    )


def _planned(columns: Sequence[Any]) -> Planned:
    known = Planned(*columns)
    return known._replace(start=datetime.fromisoformat(columns[4])) if known.start else known
