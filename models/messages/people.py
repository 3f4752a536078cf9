"""What crosses Temporal about experts' right to work."""

from models.base import Message
from models.calendar import UtcInstant
from models.visit import AssignmentSource, AssignmentState, Position


class RightsChanged(Message):
    """Experts may do more, or less, than before: look again at what they are booked for, and at
    what they offer."""

    expert_ids: tuple[str, ...]


class HeldPost(Message):
    """What an expert is booked for."""

    assignment_id: str
    expert_id: str
    position: Position
    source: AssignmentSource
    state: AssignmentState
    end: UtcInstant


class CheckRights(Message):
    """Find out who of a ticket's crews may still come."""

    ticket_id: str
    zone: str | None
    posts: tuple[HeldPost, ...]


class Checked(Message):
    """Whether somebody may still come; `lost` is a code that says why not."""

    assignment_id: str
    lost: str | None = None


class RightsFound(Message):
    """Who may still come, as things stood at one moment."""

    posts: tuple[Checked, ...]
