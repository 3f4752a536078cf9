"""What can happen on the day of a visit that nobody planned."""

from typing import ClassVar

from models.event import Audience, Facts, Tells


class VisitCalledOff(Facts):
    """It does not take place, and its ticket goes on; `start` is when it would have been."""

    kind: ClassVar = "visit.called_off"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.cancelled", ("visit_id", "start"))

    visit_id: str
    start: str | None
    note_id: str | None = None


class CustomerAskedForTimes(Facts):
    """Its expert may not be able to come, and the customer is asked when else they have time."""

    kind: ClassVar = "visit.times_asked"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "visit.times_asked", ("visit_id", "start", "expires_at")
    )

    visit_id: str
    start: str | None
    expires_at: str


class StandInsOffered(Facts):
    """Its expert cannot come, and the customer has so many times to choose from at which somebody
    else could; `start` is when it was to be."""

    kind: ClassVar = "visit.choice_offered"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "visit.choice_offered", ("visit_id", "start", "offer_id", "expires_at")
    )

    visit_id: str
    start: str | None
    offer_id: str
    options: int
    expires_at: str


class VisitLate(Facts):
    """Nobody is there, a while after its start."""

    kind: ClassVar = "visit.late_start"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.running_late", ("visit_id", "start"))

    visit_id: str
    start: str


class DoorKnocked(Facts):
    """An expert is before a closed door, and waits until then: the customer is told by another
    way, too."""

    kind: ClassVar = "visit.door_closed"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.at_the_door_too", ("visit_id", "expires_at"))

    visit_id: str
    expires_at: str


class DoorWaitExtended(Facts):
    """An expert is asked to wait at the door until then."""

    kind: ClassVar = "visit.door_wait_extended"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.wait", ("visit_id", "expert_id", "expires_at")
    )

    visit_id: str
    expert_id: str
    expires_at: str


class CustomerComing(Facts):
    """The customer comes to the door; an expert is asked to wait until then."""

    kind: ClassVar = "visit.customer_coming"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.customer_coming", ("visit_id", "expert_id", "expires_at")
    )

    visit_id: str
    expert_id: str
    expires_at: str


class DoorWaitOver(Facts):
    """An expert has waited at the door for long enough, and may leave."""

    kind: ClassVar = "visit.door_wait_over"
    tells: ClassVar = Tells(Audience.EXPERT, "assignment.may_leave", ("visit_id", "expert_id"))

    visit_id: str
    expert_id: str


class CustomerMissed(Facts):
    """The customer was not there, and the visit did not take place: their doing, not the
    expert's."""

    kind: ClassVar = "visit.no_show"

    visit_id: str
    start: str | None


class WorkWasSettled(Facts):
    """A person said what is billed of work whose report cannot be right: so many minutes, nothing
    for 0, what was reported for None."""

    kind: ClassVar = "work.settled"

    visit_id: str
    assignment_ids: list[str]
    minutes: int | None
