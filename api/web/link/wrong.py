"""What is wrong with times that were typed: everything at once, each where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from re import fullmatch

from api.web.link.typed import Row, window_of
from models.calendar import Window
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.errors import DomainError, Invalid
from models.rules.matching.slots import faults_of, has_room_after


def marked(
    rows: Sequence[Row],
    refusal: DomainError,
    ticket: LinkedTicket,
    visit: LinkedVisit | None,
    now: datetime,
) -> tuple[Row, ...]:
    """The rows, each with what is wrong with it, if a refusal blames one of them."""
    blamed = _blamed(rows, refusal)
    if blamed is None:
        return tuple(rows)
    wrong = {blamed: refusal.code, **(_faults(rows, ticket, visit, now) if visit else {})}
    return tuple(replace(row, wrong=wrong.get(n, "")) for n, row in enumerate(rows))


def _blamed(rows: Sequence[Row], refusal: DomainError) -> int | None:
    """The row at which a refusal points, counted among those that are not empty."""
    found = fullmatch("/slots/([0-9]+)(/.*)?", refusal.field or "")
    if found is None:
        return None
    filled = [n for n, row in enumerate(rows) if not row.is_empty] or [0]
    return filled[min(int(found[1]), len(filled) - 1)]


def _faults(
    rows: Sequence[Row], ticket: LinkedTicket, visit: LinkedVisit, now: datetime
) -> Mapping[int, str]:
    """What would be refused if each were looked at: what cannot be read, and of the rest what the
    visit makes of it."""
    wrong: dict[int, str] = {}
    read: list[tuple[int, Window]] = []
    for n, row in enumerate(rows):
        if row.is_empty:
            continue
        try:
            read.append((n, window_of(row, ticket.here, "")))
        except Invalid as fault:
            wrong[n] = fault.code
    length, slots = timedelta(minutes=visit.minutes), [window for _, window in read]
    for hindrance in faults_of(slots, now, length, ticket.slots_of(visit)):
        found = fullmatch("/slots/([0-9]+)(/.*)?", hindrance.field or "")
        if found is not None:
            wrong.setdefault(read[int(found[1])][0], hindrance.code)
    ready = visit.not_before
    if ready is not None and ready > now and not has_room_after(slots, ready, length):
        for n, _ in read:
            wrong.setdefault(n, "slot-too-early")
    return wrong
