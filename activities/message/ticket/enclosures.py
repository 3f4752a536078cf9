"""What lies in the envelope beside a letter about a ticket: visits for the customer's calendar, by
the name that a text's entry has for it (docs/rules/messages.md, The calendar)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from activities.gateways.message import Attachment
from activities.message.invitation import Revision, invitation
from activities.message.office import Office
from activities.message.ticket.news import TicketNews, Timed
from models.db.ticket.about import Planned
from models.people.customer import address_line
from models.rules.message.calendar import Entry, to_strike_out

Enclosing = Callable[[TicketNews, Office], tuple[Attachment, ...]]


def _entered(news: TicketNews, office: Office) -> tuple[Attachment, ...]:
    """The visit, and those that are told with it, to be entered or moved."""
    return _files(_told(news), news, office)


def _struck_out(news: TicketNews, office: Office) -> tuple[Attachment, ...]:
    return _files(_told(news), news, office, cancelled=True)


def _all_struck_out(news: TicketNews, office: Office) -> tuple[Attachment, ...]:
    """Every visit that stands in the reader's calendar, released before or not."""
    gone = tuple((visit, entry.start) for visit, entry in _left(news))
    return _files(gone, news, office, cancelled=True)


ENCLOSURES: Mapping[str, Enclosing] = {
    "entered": _entered,
    "struck_out": _struck_out,
    "all_struck_out": _all_struck_out,
}


def enclosures(asked: str, news: TicketNews, office: Office) -> tuple[Attachment, ...]:
    """What the entry of a text asks for, if it does, and whatever else is to be struck out: no
    letter that would have done it went out."""
    own = ENCLOSURES[asked](news, office) if asked else ()
    names = {attachment.file_name for attachment in own}
    return (
        *own,
        *(
            _file(visit, entry.start, _overdue(entry, news), news, office)
            for visit, entry in _left(news)
            if _name(visit) not in names
        ),
    )


def _left(news: TicketNews) -> tuple[tuple[Planned, Entry], ...]:
    visits = {visit.id: visit for visit in news.ticket.visits}
    entries = to_strike_out(news.due.earlier, news.ticket.now)
    return tuple((visits[entry.visit_id], entry) for entry in entries)


def _overdue(entry: Entry, news: TicketNews) -> Revision:
    """Above what was told, and below whatever books the visit again: its release lies between."""
    made_at = max(news.due.occurred_at, entry.told_at)
    return Revision(entry.visit_id, entry.seq + 1, made_at, cancelled=True)


def _told(news: TicketNews) -> tuple[Timed, ...]:
    """At the time that the event says, or else at that of the visit."""
    if news.visit is None:
        return ()
    said = news.due.facts.get("start")
    start = datetime.fromisoformat(said) if said else news.visit.start
    return (news.visit, start), *news.also


def _files(
    visits: tuple[Timed, ...], news: TicketNews, office: Office, *, cancelled: bool = False
) -> tuple[Attachment, ...]:
    """One file a visit that has a time; a visit without one is in no calendar."""
    # The ticket's own count of what happened: it grows with every change of every visit, so it
    # rises over the life of each.
    seq, made_at = news.due.seq, news.due.occurred_at
    return tuple(
        _file(visit, start, Revision(visit.id, seq, made_at, cancelled=cancelled), news, office)
        for visit, start in visits
        if start
    )


def _file(
    visit: Planned, start: datetime, revision: Revision, news: TicketNews, office: Office
) -> Attachment:
    method = "CANCEL" if revision.cancelled else "PUBLISH"
    place = news.ticket.place
    return Attachment(
        _name(visit),
        f"text/calendar; charset=UTF-8; method={method}",
        invitation(
            revision,
            start=start,
            end=start + timedelta(minutes=visit.minutes),
            summary=f"Sysops Squad, ticket T-{news.ticket.number}",
            location=(place and address_line(place.street, place.postcode, place.city)) or "",
            organizer=office.helpdesk_email,
        ),
    )


def _name(visit: Planned) -> str:
    return f"visit-{visit.seq}.ics"
