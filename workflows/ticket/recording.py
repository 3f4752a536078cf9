"""Writing a ticket down."""

from typing import Annotated, Any

from pydantic import ValidationError
from temporalio import workflow

from activities.matching import MatchingActivities
from activities.ticket.tickets import TicketActivities
from models.messages.matching import WakeWaiting
from models.messages.ticket import ProjectionAstray, RecordTicket
from models.rules.promise import sla
from models.rules.ticket import recording, waiting
from models.ticket import Ticket, Timer
from workflows.options import DATABASE
from workflows.ticket.closing import TicketClosing
from workflows.ticket.doubts import TicketDoubts
from workflows.ticket.field import TicketField
from workflows.ticket.filing import TicketFiling
from workflows.ticket.incidents import TicketIncidents
from workflows.ticket.rights import TicketRights
from workflows.ticket.screen import Screen


class TicketRecording(
    TicketFiling, TicketField, TicketIncidents, TicketRights, TicketDoubts, TicketClosing
):
    """What the database and the Temporal UI show of a ticket."""

    _screen: Screen
    _astray: str | None

    @workflow.signal(description="The database was seen with what this ticket did not write.")
    def projection_astray(self, seen: Annotated[Any, ProjectionAstray] = None, *_: Any) -> None:
        """Write the ticket down whole, over that."""
        try:
            self._astray = ProjectionAstray.model_validate(seen).mark
        except ValidationError:
            # Only our own watch sends it, and it looks again.
            return

    @workflow.query(description="The mark of what was last written to the database.")
    def mark(self) -> str:
        """What the projection should have."""
        return self._recorded.mark if self._recorded else ""

    @workflow.query(description="Everything that is decided about the ticket.")
    def ticket(self) -> Ticket:
        """The whole ticket."""
        return self._ticket

    @workflow.query(description="The running clocks, soonest first.")
    def timers(self) -> tuple[Timer, ...]:
        """The running clocks."""
        return waiting.timers(self._ticket, workflow.now())

    async def _record(self) -> None:
        """Write the news; and again, whole, where a worker that died wrote what never was."""
        while self._ticket.news or self._astray is not None:
            clock = self._clock
            self._ticket = written = sla.clocked(self._ticket, clock.due, clock.now)
            timers = waiting.timers(written, self._clock.due)
            self._astray = await self._write(written, timers)
            if self._astray is not None:
                continue
            self._recorded = written
            self._ticket = written.but(news=())
            self._screen.show(written, timers)
            if freed := recording.free_again(written):
                await workflow.execute_local_activity_method(
                    MatchingActivities.wake_waiting,
                    WakeWaiting(ticket_id=written.id, expert_ids=freed),
                    **DATABASE,
                )

    async def _write(self, written: Ticket, timers: tuple[Timer, ...]) -> str | None:
        """Answers the mark of a projection that has what never was, and where nothing was written.

        What only brings the projection up to date is written at once; what frees or tells somebody,
        or undoes what never was, after its cause is in the history.
        """
        record, kept = self._record_of(written, timers), self._causes.are_kept
        if record.whole or not (kept or recording.is_revocable(written.news)):
            stands: str | None = await self._causes.act(
                TicketActivities.record_ticket, record, DATABASE
            )
            return stands
        return await workflow.execute_local_activity_method(
            TicketActivities.record_ticket,
            record.model_copy(update={"tentative": not kept}),
            **DATABASE,
        )

    def _record_of(self, written: Ticket, timers: tuple[Timer, ...]) -> RecordTicket:
        if self._astray is not None:
            whole = recording.record_of(written, None, timers, self._astray)
            return whole.model_copy(update={"whole": True})
        return recording.record_of(written, self._recorded, timers, self.mark())
