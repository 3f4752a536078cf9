"""Workflow ids. They are never encrypted: no personal data."""

import re
from collections.abc import Callable, Mapping

from models.actor import Actor, Role
from models.identity import bare
from models.promise.sla import ClockName
from models.subject import Subject, SubjectKind

_ESCALATION = re.compile(rf"ticket-[0-9a-f-]{{36}}\.[A-Z_]+(\.(\d+|{'|'.join(ClockName)}))?")
_SIGNED = re.compile(r"(?P<role>[a-z]+):(?P<id>[A-Za-z0-9_.:-]{1,80})/[A-Za-z0-9_-]{8,80}")


def ticket_workflow(ticket_id: str) -> str:
    """The workflow of a ticket: `ticket-<uuid>`."""
    return f"ticket-{bare(ticket_id)}"


STORIES: Mapping[SubjectKind, Callable[[str], str]] = {SubjectKind.TICKET: ticket_workflow}
"""The workflow that tells the story of a subject, by its kind: it answers what is asked about it,
and does what is decided."""


def workflow_of(subject: Subject) -> str:
    """The workflow of a subject.

    Raises:
        KeyError: things of its kind have none.
    """
    return STORIES[subject.kind](subject.id)


def billing_workflow(ticket_id: str, round_: int) -> str:
    """The billing of one round of a ticket: `billing-<uuid>-<round>`."""
    return f"billing-{bare(ticket_id)}-{round_}"


def escalation_workflow(ticket_id: str, reason: str, part: int | str | None = None) -> str:
    """The question about a ticket, `ticket-<uuid>.<REASON>`, or about one of its visits or clocks,
    `ticket-<uuid>.<REASON>.<visit seq or clock>`. The id is what a list shows, so it says what is
    asked."""
    subject = f"{ticket_workflow(ticket_id)}.{reason}"
    return subject if part is None else f"{subject}.{part}"


def ticket_of(escalation_workflow_id: str) -> str:
    """The ticket that an escalation is about, by the escalation's workflow."""
    return f"tkt_{escalation_workflow_id.partition('.')[0].removeprefix('ticket-')}"


def is_escalation(workflow_id: str) -> bool:
    """Whether a workflow asks a person something, by its id."""
    return _ESCALATION.fullmatch(workflow_id) is not None


def signed(actor: Actor, nonce: str) -> str:
    """The id of an update that carries who sends it: `<role>:<id>/<nonce>`.

    Updates have no identity that a handler could read; their id is the one thing the desk can set
    and the workflow can see.
    """
    return f"{actor.role}:{actor.id}/{nonce}"


def signer(update_id: str) -> Actor | None:
    """Who signed an update, or nobody."""
    found = _SIGNED.fullmatch(update_id)
    if found is None or found["role"] not in set(Role):
        return None
    return Actor(role=Role(found["role"]), id=found["id"])
