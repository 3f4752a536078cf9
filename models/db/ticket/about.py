# ruff: noqa: S608, names of tables and columns are ours.
"""What a letter about a ticket may speak of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.db.matching.tables import LIVE
from models.message.news import TicketNow, VisitNow
from models.ticket import Coverage, TicketStatus, Urgency
from models.visit import AssignmentState, VisitState

_IS_BARRED = """select e.type = 'rights.lost' from events e
    where e.ticket_id = t.id and e.type in ('rights.lost', 'rights.regained')
    and e.facts ->> 'assignment_id' = a.id order by e.seq desc limit 1"""
ABOUT_TICKET = f"""select jsonb_build_array(
        t.number, t.slots,
        (select jsonb_object_agg(x.id, x.name) from experts x where x.id in (
            select a.expert_id from assignments a where a.ticket_id = t.id and a.{LIVE})),
        (select jsonb_build_array(tz, city) from zones z where z.code = t.zone),
        (select jsonb_agg(jsonb_build_array(
            v.id, v.seq, v.state, v.minutes, v.start_at, v.slots,
            (select jsonb_object_agg(a.expert_id, a.state)
                from assignments a where a.visit_id = v.id and a.{LIVE}),
            (select jsonb_agg(a.expert_id)
                from assignments a where a.visit_id = v.id and a.{LIVE} and ({_IS_BARRED})),
            (select jsonb_object_agg(a.expert_id, jsonb_build_array(a.id, p ->> 'skill'))
                from assignments a join jsonb_array_elements(v.positions) p
                on (p ->> 'idx')::int = a.position where a.visit_id = v.id and a.{LIVE}))
            order by v.seq)
            from visits v where v.ticket_id = t.id),
        (select jsonb_build_array(street, postcode, city)
            from ticket_private p where p.ticket_id = t.id),
        t.status, t.round, t.coverage, t.urgency)
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


class Part(NamedTuple):
    """What one expert does on a visit: their assignment, and the skill that it needs."""

    assignment_id: str
    skill: str


class Planned(NamedTuple):
    """A visit as it stands now; `crew` is who comes, by id, and how far they are, `barred` who of
    them may not come any more, `parts` what each of them does."""

    id: str
    seq: int
    state: str
    minutes: int
    start: datetime | None
    slots: list[dict[str, Any]] | None
    crew: dict[str, AssignmentState]
    barred: frozenset[str]
    parts: dict[str, Part]


class AboutTicket(NamedTuple):
    """A ticket as it stands now; `visits` are all of it, in their order, and `names` those of the
    experts who come, by id."""

    number: int
    slots: list[dict[str, Any]]
    names: dict[str, str] | None
    zone: Zone | None
    visits: tuple[Planned, ...]
    place: Place | None
    status: TicketStatus
    round: int
    coverage: Coverage
    urgency: Urgency

    @property
    def now(self) -> TicketNow:
        """The same as judged by whoever decides what is still news."""
        visits = {
            v.id: VisitNow(VisitState(v.state), v.start, v.crew, v.barred) for v in self.visits
        }
        return TicketNow(self.status, self.round, self.coverage, visits)


def about_ticket(found: Sequence[Any]) -> AboutTicket:
    """What `ABOUT_TICKET` found."""
    known = AboutTicket(*found)
    return known._replace(
        zone=known.zone and Zone(*known.zone),
        visits=tuple(_planned(visit) for visit in known.visits or ()),
        place=known.place and Place(*known.place),
        status=TicketStatus(known.status),
        coverage=Coverage(known.coverage),
        urgency=Urgency(known.urgency),
    )


def _planned(columns: Sequence[Any]) -> Planned:
    known = Planned(*columns)
    return known._replace(
        start=datetime.fromisoformat(columns[4]) if known.start else None,
        crew={expert: AssignmentState(state) for expert, state in (known.crew or {}).items()},
        barred=frozenset(known.barred or ()),
        parts={expert: Part(*part) for expert, part in (known.parts or {}).items()},
    )
