"""What can happen to work that takes longer than was planned, or ends before it is done."""

from typing import ClassVar

from models.event import Audience, Facts, Tells


class VisitExtended(Facts):
    """An expert has the minutes that they asked for, and the visit ends so much later; `moved` are
    the visits that begin later because of it."""

    kind: ClassVar = "visit.extended"

    visit_id: str
    expert_id: str
    minutes: int
    end: str
    moved: list[str]


class TimeGivenBack(Facts):
    """An expert took back a need for more time that was granted, and the visit ends so many minutes
    earlier. `moved` are the visits that begin earlier because of it; `stayed` those that began
    later for the grant and cannot go back, or need not."""

    kind: ClassVar = "visit.time_given_back"

    visit_id: str
    expert_id: str
    client_event_id: str
    minutes: int
    end: str
    moved: list[str]
    stayed: list[str]


class AssignmentShortened(Facts):
    """Somebody of the crew stays until then, and no longer: more time is not needed after all."""

    kind: ClassVar = "assignment.shortened"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.shortened", ("visit_id", "expert_id", "end")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    end: str


class AssignmentExtended(Facts):
    """Somebody of the crew stays until then."""

    kind: ClassVar = "assignment.extended"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.extended", ("visit_id", "expert_id", "end")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    end: str


class ExtensionRefused(Facts):
    """There is no room for the minutes that an expert asked for; `end` is by when they have to
    finish."""

    kind: ClassVar = "visit.extension_refused"
    tells: ClassVar = Tells(
        Audience.EXPERT, "visit.extension_refused", ("visit_id", "expert_id", "end")
    )

    visit_id: str
    expert_id: str
    client_event_id: str
    minutes: int
    end: str


class AssignmentShifted(Facts):
    """The same expert comes to the same visit, later: what goes before it takes longer."""

    kind: ClassVar = "assignment.shifted"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.shifted", ("visit_id", "expert_id", "start")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str


class AssignmentBroughtForward(Facts):
    """The same expert comes to the same visit, earlier again: what goes before it does not take
    longer after all."""

    kind: ClassVar = "assignment.brought_forward"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.brought_forward", ("visit_id", "expert_id", "start")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str


class FollowUpPlanned(Facts):
    """Another visit goes on with one that ended before its work was done, at the earliest at
    `not_before`; the customer has named times that will do."""

    kind: ClassVar = "follow_up.planned"
    tells: ClassVar = Tells(Audience.CUSTOMER, "follow_up.planned", ("visit_id",))

    visit_id: str
    follows: str
    not_before: str | None = None


class SlotsNeeded(Facts):
    """The same, and the customer is asked for times: none of theirs lies ahead."""

    kind: ClassVar = "slots.needed"
    tells: ClassVar = Tells(Audience.CUSTOMER, "slots.needed", ("visit_id",))

    visit_id: str
    follows: str
    not_before: str | None = None


class VisitOfferedFirst(Facts):
    """Whoever was there before is told first of the visit that goes on with theirs."""

    kind: ClassVar = "visit.offered_first"
    tells: ClassVar = Tells(Audience.EXPERT, "visit.open_first", ("visit_id", "expert_id"))

    visit_id: str
    expert_id: str
    until: str


class VisitClosedAsItIs(Facts):
    """A person said that nothing follows a visit whose work is not done; `freed` are those that
    were to follow it, and wait for nothing now."""

    kind: ClassVar = "visit.closed_as_it_is"

    visit_id: str
    freed: list[str]
