"""Looking up what experts may do."""

from temporalio import activity

from models.db.engine import Database
from models.db.people.reads import PeopleReads
from models.db.ticket.reads import TicketReads
from models.messages.people import Checked, CheckRights, RightsFound
from models.rules.matching.eligibility import NOT_VERIFIED
from models.rules.matching.rights import Post, lost


class RightsActivities:
    """Experts' right to work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    def check_rights(self, ask: CheckRights) -> RightsFound:
        """Find out who of those who are booked may still come.

        Again after success: as things stand then, which is no older.
        """
        with self._database.reading() as session:
            place = TicketReads(session).place(ask.ticket_id)
            people = PeopleReads(session)
            experts = {p.expert_id: people.expert(p.expert_id) for p in ask.posts}
        found = []
        for post in ask.posts:
            expert, held = experts[post.expert_id], Post(**post.model_dump(exclude=_WHOSE))
            why = NOT_VERIFIED if expert is None else lost(expert, held, ask.zone, place)
            found.append(Checked(assignment_id=post.assignment_id, lost=why))
        return RightsFound(posts=tuple(found))


_WHOSE = {"assignment_id", "expert_id"}
