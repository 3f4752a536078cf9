"""What an evaluation of a group looks at, from fresh calendars and people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.calendar import merged
from models.db.repositories.calendar import CalendarRepository
from models.db.repositories.people import PeopleRepository
from models.db.tables.ticket import ProposalRow, TicketRow
from models.matching import Candidate, MatchingProblem
from models.messages.ticket import Settlement
from models.rules.eligibility import refusal_of
from models.rules.geography import Spot
from models.ticket import Ticket, TicketStatus
from models.visit import Proposal, ProposalState, Visit, VisitGroup, VisitState

_STANDING = """select jsonb_build_object(
    'settlement', (
        select settlement from decisions where group_id = %(group_id)s and round = %(round)s),
    'place', jsonb_build_object('lat', lat, 'lng', lng),
    'versions', (
        select coalesce(jsonb_object_agg(id, calendar_version), '{}')
        from experts where id = any(%(experts)s)))
from ticket_private where ticket_id = %(ticket_id)s"""


class Standing(Value):
    """What is known of a group before it is evaluated: how it was booked in this round, if it was;
    where its visits are; how often each proposer's calendar was booked so far."""

    settlement: Settlement | None
    place: Spot
    versions: dict[str, int]


class ProblemRepository:
    """Matching problems, and who waits for whom."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def standing(self, ticket: Ticket, group: VisitGroup) -> Standing:
        """Where the settling of a group begins. Read it before the calendars themselves."""
        asked = {
            "ticket_id": ticket.id,
            "group_id": group.id,
            "round": group.round,
            "experts": sorted({p.expert_id for p in ticket.active_proposals(group)}),
        }
        found = self._session.connection().exec_driver_sql(_STANDING, asked)
        return Standing.model_validate(found.scalar_one())

    def problem(
        self, ticket: Ticket, group: VisitGroup, place: Spot, now: datetime
    ) -> MatchingProblem:
        """The problem of a group at `now`: its open visits, around those that stand."""
        waiting = [
            v for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN
        ]
        standing = [v for v in ticket.visits if v not in waiting]
        open_visits = tuple(sorted(map(_to_be_staffed, waiting), key=lambda v: v.seq))
        proposals = _usable(ticket, group, open_visits)
        experts = sorted({p.expert_id for p in proposals})
        # What a hand booked on an open visit holds its expert like any other visit.
        busy = CalendarRepository(self._session).busy(
            experts, place, now, [v.id for v in open_visits if not v.is_fixed]
        )
        assert ticket.zone is not None, "a matched ticket has a zone"
        return MatchingProblem(
            visits=open_visits,
            dependencies=group.dependencies,
            ended={v.id: end for v in standing if (end := v.actual_end or v.end) is not None},
            begins={
                v.id: v.start
                for v in standing
                if v.start is not None
                and v.state is VisitState.SCHEDULED
                and v.id in group.visit_ids
            },
            slots={v.id: ticket.slots_of(v) for v in open_visits},
            proposals=proposals,
            candidates=tuple(
                Candidate(
                    expert_id=expert.id,
                    skills=expert.skills,
                    busy=merged(busy[expert.id]),
                    refusal=refusal_of(expert, ticket.zone, place),
                )
                for expert in PeopleRepository(self._session).experts(experts)
            ),
            earliest=now + ticket.policies.min_lead,
        )

    def waiting_for(self, expert_ids: Sequence[str]) -> list[str]:
        """The tickets in matching on which one of these experts has an offer that may still win."""
        return list(
            self._session.scalars(
                select(col(ProposalRow.ticket_id))
                .join(TicketRow, col(TicketRow.id) == col(ProposalRow.ticket_id))
                .where(
                    col(ProposalRow.expert_id).in_(expert_ids),
                    col(ProposalRow.state) == ProposalState.ACTIVE,
                    col(TicketRow.status).in_((TicketStatus.MATCHING, TicketStatus.IN_PROGRESS)),
                )
                .distinct()
                .order_by(col(ProposalRow.ticket_id))
            )
        )


def _to_be_staffed(visit: Visit) -> Visit:
    """An open visit without the positions that a hand filled."""
    taken = {a.position for a in visit.crew}
    return visit.but(positions=tuple(p for p in visit.positions if p.idx not in taken))


def _usable(
    ticket: Ticket, group: VisitGroup, open_visits: Sequence[Visit]
) -> tuple[Proposal, ...]:
    """The waiting proposals; beside a visit that stands and must have the same people, only those
    of its crew, and none if they are not as many as the positions. Whom a hand sent to a visit has
    no other part in it."""
    wanted = {v.id: v for v in open_visits}
    barred = {(v.id, a.expert_id) for v in open_visits for a in v.crew}
    proposals = ticket.active_proposals(group)
    for rule in group.dependencies:
        for here, there in (
            (rule.successor, rule.predecessor),
            (rule.predecessor, rule.successor),
        ):
            visit, other = ticket.visit(here), ticket.visit(there)
            if not rule.same_expert or here not in wanted or there in wanted:
                continue
            if visit is None or other is None:
                continue
            crew = {a.expert_id for a in other.crew}
            fits = len(crew) == len(visit.positions)
            barred |= {
                (here, p.expert_id) for p in proposals if not fits or p.expert_id not in crew
            }
    return tuple(
        p for p in proposals if p.visit_id in wanted and (p.visit_id, p.expert_id) not in barred
    )
