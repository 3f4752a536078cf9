"""What a person is shown when they are asked: who was to come, and lists whose numbers stay."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.calendar import Window
from models.field import Hindrance
from models.identity import derived_id
from models.matching.offer import OfferedTimes, OfferedVisit
from models.people.travel import TravelSource
from models.visit import AssignmentState


class Candidate(Value):
    """An expert who could be assigned; `number` is what a person types. `start` is the earliest
    time, UTC, at which expert and customer are both free. `expert_no` is how pages without names
    call the expert. `instead_of` is whose place they would take, where somebody holds it. The
    distance is not `exact` where only the customer's city is known. `travel_minutes` is how long
    they need, where that decides, and `travel_source` who says so; `offered`: they had offered to
    come then."""

    number: int
    expert_id: str
    visit_id: str
    position: int
    start: datetime
    distance_km: float
    end: datetime | None = None
    expert_no: int = 0
    instead_of: str | None = None
    exact: bool = True
    travel_minutes: int | None = None
    travel_source: TravelSource | None = None
    offered: bool = False

    @property
    def id(self) -> str:
        """The same expert in the same position of the same visit is the same candidate, whenever
        they could start."""
        return derived_id("cnd", self.expert_id, self.visit_id, str(self.position))


class Option(Value):
    """A line that a person can choose by its number."""

    number: int
    value: str
    line: str

    @property
    def id(self) -> str:
        """What is chosen."""
        return self.value


class SuggestedTime(Window):
    """A time at which experts could come, though the customer did not name it: that of the first
    visit. `visits` are all that are settled with it."""

    number: int = 0
    visits: tuple[OfferedVisit, ...] = ()

    @property
    def id(self) -> str:
        """The same start and end are the same time, and those of every visit that goes with it."""
        spans = (self, *(v.window for v in self.visits[1:]))
        return derived_id("tim", *(at.isoformat() for w in spans for at in (w.start, w.end)))

    @property
    def offered(self) -> OfferedTimes:
        """What the customer would be sent."""
        return OfferedTimes(visits=self.visits)


class Listed(StrEnum):
    """What an escalation numbers."""

    CANDIDATE = "candidate"
    OPTION = "option"
    TIME = "time"
    CATEGORY = "category"


class Numbered(Value):
    """What a number stands for, for as long as its escalation lives, listed or not. `id` is what
    was listed; `key` the expert, the model or the start behind it; `words` what pages without
    names call it."""

    kind: Listed
    number: int
    id: str
    key: str
    words: str


class Expected(Value):
    """An expert who is booked for the visit in question, and how far their part of it is. `barred`
    is the code of why they may not come any more, `hindrance` why they said that they cannot."""

    expert_id: str
    expert_no: int
    skill: str
    state: AssignmentState
    barred: str | None = None
    hindrance: Hindrance | None = None


class Way(Value):
    """How somebody was to be told, and why they were not."""

    channel: str
    attempts: int
    error: str | None = None


class Untold(Value):
    """What somebody could not be told, and how it was tried. `others` are the tickets of which they
    could not be told something else, which is asked on its own."""

    about: str
    role: str
    expert_no: int | None = None
    visit: int | None = None
    start: datetime | None = None
    ways: tuple[Way, ...] = ()
    others: tuple[str, ...] = ()


class Cancelling(Value):
    """When a visit was cancelled, by whom, and when each of its experts was told, by their ids;
    those whom no message reached are left out."""

    at: datetime
    by: str
    told: Mapping[str, datetime] = {}
