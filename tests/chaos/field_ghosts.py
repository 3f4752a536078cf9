"""The ghosts of the day of a visit, of the same kinds as the others (tests/chaos/ghosts.py)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from models.event import Event
from models.ticket import Ticket
from models.visit import Assignment, Visit, WorkSettled
from tests.chaos.evidence import Evidence, Told
from tests.chaos.ghosts import Ghost, Plant, Session, in_rows

Otherwise = Callable[[Told], Iterator[tuple[Told, str]]]
"""What a workflow might have decided instead, and by which name a check has to tell of it."""


def _decided(otherwise: Otherwise) -> Plant:
    """The first workflow of which something else can be told, telling it."""

    def plant(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
        for ticket_id, told in seen.told.items():
            for became, name in otherwise(told):
                return replace(seen, told={**seen.told, ticket_id: became}), name
        raise AssertionError("there is nothing to make a ghost of")

    return plant


def _replacements(told: Told) -> Iterator[Event]:
    sent = (e for e in told.events.values() if e.type == "expert.assigned")
    return (e for e in sent if e.data["source"] == "REPLACEMENT")


def _told_last(told: Told) -> Iterator[tuple[Told, str]]:
    """The new one hears of it when the other is let go already."""
    for sent in _replacements(told):
        events = {**told.events, sent.id: sent.but(seq=1_000)}
        yield replace(told, events=events), sent.data["assignment_id"]


def _customer_not_told(told: Told) -> Iterator[tuple[Told, str]]:
    for sent in _replacements(told):
        rest = {name: e for name, e in told.events.items() if e.type != "visit.changed"}
        yield replace(told, events=rest), sent.data["assignment_id"]


def _never_let_go(told: Told) -> Iterator[tuple[Told, str]]:
    for sent in _replacements(told):
        rest = {name: e for name, e in told.events.items() if e.type != "assignment.released"}
        yield replace(told, events=rest), sent.data["assignment_id"]


def _nothing_follows(told: Told) -> Iterator[tuple[Told, str]]:
    for ticket, visit in _visits(told):
        if visit.follows:
            left = tuple(v for v in ticket.visits if v.id != visit.id)
            groups = tuple(g.but(dependencies=()) for g in ticket.matching.groups)
            without = ticket.but(visits=left, matching=ticket.matching.but(groups=groups))
            yield replace(told, ticket=without), visit.follows


def _still_waited_for(told: Told) -> Iterator[tuple[Told, str]]:
    """What has not begun waits for what ended undone, and not for what goes on with it."""
    for ticket, visit in _visits(told):
        group = ticket.group_of(visit.id)
        for rule in group.dependencies if group and visit.follows else ():
            as_before = group.but(dependencies=(rule.but(predecessor=visit.follows),))
            yield replace(told, ticket=ticket.with_group(as_before)), rule.successor


def _never_paid(told: Told) -> Iterator[tuple[Told, str]]:
    for ticket, visit in _visits(told):
        if ticket.cancelled and visit.assignments:
            crew = tuple(_to_be_paid(a) for a in visit.assignments)
            paid = ticket.with_visit(visit.but(assignments=crew))
            yield replace(told, ticket=paid), crew[0].id


def _to_be_paid(assignment: Assignment) -> Assignment:
    return assignment.but(work=WorkSettled())


def _visits(told: Told) -> Iterator[tuple[Ticket, Visit]]:
    if told.ticket is not None:
        for visit in told.ticket.visits:
            yield told.ticket, visit


def _lost_file(seen: Evidence, _session: Session) -> tuple[Evidence, str]:
    path = "/visits/vis_nobody/files/00"
    return replace(seen, lost={path: "was taken, and is not there"}), path


FIELD_GHOSTS: Mapping[str, Ghost] = {
    "a booking of another length": Ghost(
        "crews",
        in_rows("""update assignments set end_at = end_at + interval '1 hour'
            where state = 'RESERVED' returning id"""),
    ),
    "somebody who cannot come and is not held": Ghost(
        "crews",
        in_rows("""update assignments set state = 'RELEASED'
            where state = 'CANNOT_ARRIVE' returning id"""),
    ),
    "a visit that goes on with nothing": Ghost(
        "visits",
        in_rows("update visits set follows = null where follows is not null returning id"),
    ),
    "a dependency that was lost": Ghost(
        "visits",
        in_rows("""update visit_groups set dependencies = '[]'
            where jsonb_array_length(dependencies) > 0 returning id"""),
    ),
    "one who was told when the other was let go": Ghost("replaced", _decided(_told_last)),
    "a replacement that the customer does not know": Ghost(
        "replaced", _decided(_customer_not_told)
    ),
    "one who was replaced and never let go": Ghost("replaced", _decided(_never_let_go)),
    "one who was booked in a place and never told": Ghost(
        "replaced",
        in_rows("""update assignments set relieved_by = 'asg_ghost'
            where state = 'RESERVED' and relieved_by is null returning relieved_by"""),
    ),
    "one who was let go while the visit stood": Ghost(
        "manned",
        in_rows(
            "update events set type = 'visit.opened' where type = 'visit.released'",
            """select gone.id from events gone join events asked
                on asked.aggregate = gone.aggregate and asked.type = 'visit.move_asked'
            where gone.type = 'assignment.released' limit 1""",
        ),
    ),
    "work that nothing goes on with": Ghost("undone", _decided(_nothing_follows)),
    "a visit that waits for what ended undone": Ghost("undone", _decided(_still_waited_for)),
    "pay for nothing": Ghost(
        "pay",
        in_rows("""insert into earnings (assignment_id, ticket_id, visit_id, expert_id, currency,
                gross, commission, payout, earned_at)
            select a.id, a.ticket_id, a.visit_id, a.expert_id, 'EUR', 100, 15, 85, now()
            from assignments a join tickets t on t.id = a.ticket_id where t.status = 'SCHEDULED'
            limit 1 returning assignment_id"""),
    ),
    "pay that was granted and never came": Ghost("pay", _decided(_never_paid)),
    "a file that was lost": Ghost("files", _lost_file),
}
