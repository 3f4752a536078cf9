"""What an evaluation of a group looks at, from fresh calendars and people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from models.base import Value
from models.db.engine import Database
from models.db.matching.tables import FREED, ProposalRow
from models.db.people.calendar import DIARY, CalendarRepository
from models.db.people.ways import around
from models.db.ticket.tables import TicketRow
from models.geography import Precision, Spot
from models.matching.problem import MatchingProblem
from models.messages.matching import Settlement
from models.people.diary import Diary
from models.people.travel import SaidWays
from models.rules.matching.posing import problem_of, proposers
from models.ticket import Ticket, TicketStatus
from models.visit import ProposalState, VisitGroup

_EXACTLY = [f"case when precision = '{Precision.EXACT}' then {n} end" for n in ("lat", "lng")]
_STANDING = f"""select jsonb_build_object(
    'settlement', (
        select settlement from decisions where group_id = %(group_id)s and round = %(round)s),
    'undone', exists (
        select from decisions d cross join jsonb_array_elements(d.settlement -> 'crew') as member
        join assignments a on a.id = member ->> 'assignment_id'
        where d.group_id = %(group_id)s and d.round = %(round)s and a.state = any(%(freed)s)),
    'place', jsonb_build_object(
        'lat', lat, 'lng', lng, 'precision', precision, 'site', ticket_id),
    'diaries', (
        select coalesce(jsonb_agg({DIARY} order by e.id), '[]')
        from experts e where e.id = any(%(experts)s)),
    'said', {around(*_EXACTLY)})::text
from ticket_private where ticket_id = %(ticket_id)s"""  # noqa: S608, our own words


class Standing(Value):
    """What is known of a group before it is evaluated: how it was booked in this round, if it was,
    and whether that was undone; where its visits are; the calendars of those who proposed; what map
    servers said of the ways to and from there."""

    settlement: Settlement | None
    undone: bool
    place: Spot
    diaries: tuple[Diary, ...]
    said: SaidWays = {}


def read_standing(database: Database, ticket: Ticket, group: VisitGroup, now: datetime) -> Standing:
    """Where the settling of a group begins, all of one instant, and what is known of the ways then:
    whoever decides from it has the same."""
    asked = {
        "ticket_id": ticket.id,
        "group_id": group.id,
        "round": group.round,
        "freed": [state.value for state in FREED],
        "experts": proposers(ticket, group),
        "since": now,
    }
    stands = Standing.model_validate_json(database.at_once(_STANDING, asked))
    if not stands.said:
        return stands
    return stands.but(diaries=tuple(diary.but(said=stands.said) for diary in stands.diaries))


class ProblemRepository:
    """Matching problems, and who waits for whom."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def problem(
        self, ticket: Ticket, group: VisitGroup, place: Spot, now: datetime
    ) -> MatchingProblem:
        """The problem of a group at `now`."""
        diaries = CalendarRepository(self._session).diaries(proposers(ticket, group), now, place)
        return problem_of(ticket, group, place, diaries, now)

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
