"""What an evaluation of a group looks at, from fresh calendars and people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.calendar import merged
from models.db.repositories.calendar import CalendarRepository
from models.db.repositories.people import PeopleRepository
from models.db.tables.ticket import ProposalRow, TicketRow
from models.matching import Candidate, MatchingProblem
from models.rules.eligibility import refusal_of
from models.rules.geography import Spot
from models.ticket import Ticket, TicketStatus
from models.visit import Proposal, ProposalState, Visit, VisitGroup, VisitState


class ProblemRepository:
    """Matching problems, and who waits for whom."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def problem(
        self, ticket: Ticket, group: VisitGroup, place: Spot, now: datetime
    ) -> MatchingProblem:
        """The problem of a group at `now`: its open visits, around those that stand."""
        visits = [v for v in ticket.visits if v.id in group.visit_ids]
        elsewhere = [v for v in ticket.visits if v.id not in group.visit_ids]
        open_visits = tuple(
            sorted((v for v in visits if v.state is VisitState.OPEN), key=lambda v: v.seq)
        )
        proposals = _usable(ticket, group, open_visits)
        experts = sorted({p.expert_id for p in proposals})
        busy = CalendarRepository(self._session).busy(
            experts, place, now, [v.id for v in open_visits]
        )
        assert ticket.zone is not None, "a matched ticket has a zone"
        return MatchingProblem(
            visits=open_visits,
            dependencies=group.dependencies,
            ended={
                v.id: end
                for v in (*visits, *elsewhere)
                if v not in open_visits and (end := v.actual_end or v.end) is not None
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


def _usable(
    ticket: Ticket, group: VisitGroup, open_visits: Sequence[Visit]
) -> tuple[Proposal, ...]:
    """The waiting proposals; behind a visit that stands and must have the same people, only those
    of its crew, and none if they are not as many as the positions."""
    wanted = {v.id: v for v in open_visits}
    barred: set[tuple[str, str]] = set()
    proposals = ticket.active_proposals(group)
    for rule in group.dependencies:
        after, before = wanted.get(rule.successor), ticket.visit(rule.predecessor)
        if not rule.same_expert or after is None or before is None or before.id in wanted:
            continue
        crew = {a.expert_id for a in before.crew}
        fits = len(crew) == len(after.positions)
        barred |= {
            (after.id, p.expert_id) for p in proposals if not fits or p.expert_id not in crew
        }
    return tuple(
        p for p in proposals if p.visit_id in wanted and (p.visit_id, p.expert_id) not in barred
    )
