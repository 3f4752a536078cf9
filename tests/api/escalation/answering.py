"""One escalation over HTTP, and its answer."""

from typing import Any

from tests.house import House
from tests.workflows.escalation.escalating import shown


async def resolve(house: House, row: Any, action: str, who: str = "helpdesk", **more: Any) -> Any:
    """Decide an escalation over HTTP."""
    body = {"action": action, **more}
    return await house.expect(who, "POST", f"/escalations/{row['id']}/resolve", body)


async def one(house: House, ticket_id: str) -> Any:
    """The only escalation of a ticket, whole."""
    [row] = await shown(house, ticket_id)
    return await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
