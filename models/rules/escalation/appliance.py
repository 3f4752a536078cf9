"""The customer wrote a model that the catalogue does not have."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import Decision, Kind, Picture, Wants


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    return f"The appliance of {picture.name} is not in the catalogue: which model is it?"


def facts(picture: Picture) -> Sequence[str]:
    """The catalogue's nearest models; the customer's own words stand on our page."""
    lines = [f"Category so far: {picture.ticket.filing.category or 'not known yet'}"]
    lines += [f"{o.number}. {o.line}" for o in picture.options]
    if not picture.options:
        lines.append("Nothing in the catalogue comes near")
    return lines


def possible(picture: Picture) -> Sequence[Action]:
    """Without a near model there is none to link."""
    found = [Action.CREATE_MODEL, Action.GO_ON_WITHOUT]
    return [Action.LINK_MODEL, *found] if picture.options else found


KIND = Kind(
    reasons=(EscalationReason.MODEL_UNRESOLVED,),
    decisions=(
        Decision(
            action=Action.LINK_MODEL,
            button="Link a model above (Data: the number, empty for 1)",
            explains="Skills, duration and coverage follow the model.",
            wants=Wants.OPTION,
        ),
        Decision(
            action=Action.CREATE_MODEL,
            button='Create the model (Data: its category, such as "oven")',
            explains="Named as the customer wrote it.",
            wants=Wants.CATEGORY,
        ),
        Decision(
            action=Action.GO_ON_WITHOUT,
            button="Go on without a model",
            explains="Somebody comes and looks.",
        ),
    ),
    headline=headline,
    facts=facts,
    narrowed=possible,
)
