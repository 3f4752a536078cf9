"""What can happen between a visit that is open and experts who have time for it."""

from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.visit import AssignmentSource, MatchState


class ProposalPosted(Facts):
    """An expert offers so many windows; `priority_seq` is their place in the order of the group."""

    kind: ClassVar = "proposal.posted"

    proposal_id: str
    visit_id: str
    expert_id: str
    priority_seq: int
    windows: int


class ProposalNarrowed(Facts):
    """An expert offers less than before and keeps their place."""

    kind: ClassVar = "proposal.narrowed"

    proposal_id: str
    visit_id: str
    expert_id: str
    windows: int


class ProposalWithdrawn(Facts):
    """An expert takes their offer back."""

    kind: ClassVar = "proposal.withdrawn"

    proposal_id: str
    visit_id: str
    expert_id: str


class ProposalIneligible(Facts):
    """An offer may not win any more."""

    kind: ClassVar = "proposal.ineligible"

    proposal_id: str
    visit_id: str
    expert_id: str


class ProposalPassedOver(Facts):
    """An offer counts no longer, because its expert did not answer or come."""

    kind: ClassVar = "proposal.passed_over"

    proposal_id: str
    visit_id: str
    expert_id: str


class ProposalSelected(Facts):
    """An offer has won a position."""

    kind: ClassVar = "proposal.selected"
    tells: ClassVar = Tells(
        Audience.EXPERT, "proposal.selected", ("visit_id", "expert_id", "start"), by_itself=True
    )

    proposal_id: str
    visit_id: str
    expert_id: str
    position: int
    start: str


class ProposalReleased(Facts):
    """An expert's offers for a visit are let go: the time is theirs again."""

    kind: ClassVar = "proposal.released"
    tells: ClassVar = Tells(Audience.EXPERT, "proposal.released", ("visit_id", "expert_id"))

    expert_id: str
    visit_id: str
    proposal_ids: list[str]


class ProposalReactivated(Facts):
    """An offer that was let go may win again, in its old place."""

    kind: ClassVar = "proposal.reactivated"

    proposal_id: str
    visit_id: str
    expert_id: str
    priority_seq: int


class ExpertSent(Facts):
    """The helpdesk sends an expert: to an open position of a group and round, or in the place of
    another expert."""

    kind: ClassVar = "expert.assigned"
    tells: ClassVar = Tells(
        Audience.EXPERT,
        "expert.assigned",
        ("visit_id", "expert_id", "start", "end", "round"),
        by_itself=True,
    )

    assignment_id: str
    visit_id: str
    group_id: str | None = None
    round: int | None = None
    position: int
    expert_id: str
    proposal_id: str | None = None
    source: AssignmentSource
    start: str
    end: str
    customer_consent: bool | None = None
    note_id: str | None


class AssignmentResent(Facts):
    """An expert has not acknowledged in time: they are told the same by the next channel."""

    kind: ClassVar = "assignment.resent"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.resent", ("visit_id", "expert_id", "start"), by_itself=True
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str


class BookingUndone(Facts):
    """A booking came too late, and its expert is free again."""

    kind: ClassVar = "booking.undone"

    visit_id: str
    assignment_id: str
    expert_id: str


class GroupMatchStateChanged(Facts):
    """A group is staffed further, or less; `missing` says what it lacks."""

    kind: ClassVar = "group.match_state_changed"

    group_id: str
    match_state: MatchState
    missing: list[str]


class GroupReEvaluated(Facts):
    """Somebody wants a group looked at once more."""

    kind: ClassVar = "group.re_evaluated"

    group_id: str


class GroupFinalised(Facts):
    """Nothing of a group is left to be staffed; `source` where the helpdesk did it."""

    kind: ClassVar = "group.finalised"

    group_id: str
    round: int
    source: AssignmentSource | None = None


class GroupReopened(Facts):
    """A group is matched anew, in its next round."""

    kind: ClassVar = "group.reopened"

    group_id: str
    round: int


class SlotsOffered(Facts):
    """The customer may take one of so many times until some time; `start` is the first."""

    kind: ClassVar = "slots.offered"
    tells: ClassVar = Tells(Audience.CUSTOMER, "slots.offered", ("start", "offer_id", "expires_at"))

    offer_id: str
    options: int
    start: str
    expires_at: str


class OfferDeclined(Facts):
    """None of the times suits the customer."""

    kind: ClassVar = "offer.declined"

    offer_id: str


class OfferAccepted(Facts):
    """The customer takes one of the times."""

    kind: ClassVar = "offer.accepted"

    offer_id: str
    option: int
