"""Workflow ids. They are never encrypted: no personal data."""

from models.identity import bare


def ticket_workflow(ticket_id: str) -> str:
    """The workflow of a ticket: `ticket-<uuid>`."""
    return f"ticket-{bare(ticket_id)}"


def billing_workflow(ticket_id: str, round_: int) -> str:
    """The billing of one round of a ticket: `billing-<uuid>-<round>`."""
    return f"billing-{bare(ticket_id)}-{round_}"
