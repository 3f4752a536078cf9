"""Whether those who are booked may still come."""

from typing import Annotated, Any

from temporalio import workflow

from activities.people import RightsActivities
from models.messages.people import RightsChanged
from models.rules.ticket import rights
from workflows.options import DATABASE
from workflows.ticket.door import TicketDoor


class TicketRights(TicketDoor):
    """Experts lose and regain the right to work after they were booked."""

    @workflow.signal(description="Experts may do more, or less, than before.")
    def rights_changed(self, changed: Annotated[Any, RightsChanged] = None, *_: Any) -> None:
        """Look again at what they are booked for, and at what they offer."""
        self._heard("rights_changed", rights.in_doubt, RightsChanged, changed)

    async def _check_rights(self) -> None:
        """Look up who may still come. It is asked for after it changed, so what is found is never
        older than what is known."""
        ask = rights.check_due(self._ticket)
        if ask is None:
            return
        found = await workflow.execute_local_activity_method(
            RightsActivities.check_rights, ask, **DATABASE
        )
        self._clock.heard()
        self._ticket = rights.checked(self._ticket, found, self._clock.now)
