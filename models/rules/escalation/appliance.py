"""The customer wrote a model that the catalogue does not have."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, Escalation, EscalationReason
from models.messages.escalation import LeaveModelOpen
from models.rules.escalation.deed import Deed, Preparation, Request, readmitted
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.transitions import status_of
from models.ticket import Attention, Ticket, TicketStatus

_EARLY = (
    TicketStatus.RECEIVED,
    TicketStatus.REVIEW,
    TicketStatus.MATCHING,
    TicketStatus.SCHEDULED,
)


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """A model that somebody wrote and nobody knows, until an expert is on the way."""
    unresolved = (
        Attention.MODEL_UNRESOLVED in ticket.filing.attention and ticket.filing.model_text_given
    )
    if unresolved and status_of(ticket) in _EARLY:
        yield Doubt(ticket.id, EscalationReason.MODEL_UNRESOLVED)


def linked_model(escalation: Escalation) -> str:
    """The model that was chosen: by the number of its line, or by its id."""
    assert escalation.choice is not None, "somebody chose"
    chosen = escalation.choice.parameter
    options = escalation.brief.options if escalation.brief else ()
    return next((o.value for o in options if o.number == chosen), str(chosen))


def _headline(picture: Picture) -> str:
    return f"The appliance of {picture.name} is not in the catalogue: which model is it?"


def _facts(picture: Picture) -> Sequence[str]:
    """The catalogue's nearest models; the customer's own words stand on our page."""
    lines = [f"Appliance: {picture.appliance}"]
    lines += [f"{o.number}. {o.line}" for o in picture.options]
    if not picture.options:
        lines.append("Nothing in the catalogue comes near")
    if picture.nameable and picture.categories:
        categories = ", ".join(f"{c.number} {c.value}" for c in picture.categories)
        lines.append(f"Categories: {categories}")
    if not picture.nameable:
        lines.append("What the customer wrote is no model's name: none can be created from it")
    return lines


def _possible(picture: Picture) -> Sequence[Action]:
    """Without a near model there is none to link, and without a name none to create."""
    found = [Action.GO_ON_WITHOUT]
    if picture.nameable:
        found.append(Action.CREATE_MODEL)
    if picture.options:
        found.append(Action.LINK_MODEL)
    return found


def _left_open(deed: Deed) -> Request:
    return "leave_model_open", LeaveModelOpen(by=deed.by)


KINDS = (
    Kind(
        reason=EscalationReason.MODEL_UNRESOLVED,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.MODELS}),
        narrowed=_possible,
        decisions=(
            Decision(
                number=1,
                action=Action.LINK_MODEL,
                label="Link a model above",
                explains="Skills, duration and coverage follow the model.",
                wants=Wants.OPTION,
                before=Preparation.LINKED_MODEL,
                asks=readmitted,
            ),
            Decision(
                number=2,
                action=Action.CREATE_MODEL,
                label="Create the model",
                explains="Named as the customer wrote it.",
                wants=Wants.CATEGORY,
                before=Preparation.CREATED_MODEL,
                asks=readmitted,
            ),
            Decision(
                number=3,
                action=Action.GO_ON_WITHOUT,
                label="Go on without a model",
                explains="Somebody comes and looks.",
                asks=_left_open,
            ),
        ),
    ),
)
