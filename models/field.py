"""What is reported from the field: of which kinds, and what each says
(docs/rules/states.md, Reports from the field)."""

from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.identity import Code, ExpertId, VisitId


class FactKind(StrEnum):
    """What an expert reports from the field."""

    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    STARTED = "started"
    START_PARTIAL = "start_partial"
    NEED_MORE_TIME = "need_more_time"
    CANNOT_ARRIVE = "cannot_arrive"
    CANNOT_ENTER = "cannot_enter"
    INCOMPLETE = "incomplete"
    COMPLETED = "completed"


BEGINNINGS = (FactKind.STARTED, FactKind.START_PARTIAL)
"""With these the expert begins to work."""
ENDINGS = (FactKind.INCOMPLETE, FactKind.COMPLETED)
"""After these the expert has no more to do there; the first of them counts."""
EXTENSION_STEP, LONGEST_EXTENSION = 15, 240
"""More time is asked for in steps of so many minutes, and for at most so many at once."""
FOLLOW_UP_MINUTES = range(15, 480 + 1, 15)
"""How long a follow-up that a person plans may take."""
_PLACES = {kind: place for place, kind in enumerate(FactKind)}


class Hindrance(StrEnum):
    """Why an expert cannot come."""

    ILL = "ILL"
    ACCIDENT = "ACCIDENT"
    VEHICLE = "VEHICLE"
    TRAFFIC = "TRAFFIC"
    OVERRUN_ELSEWHERE = "OVERRUN_ELSEWHERE"
    OTHER = "OTHER"


class Shortfall(StrEnum):
    """Why a visit ended before its work was done."""

    NEEDS_PARTS = "NEEDS_PARTS"
    OUT_OF_TIME = "OUT_OF_TIME"
    WRONG_SKILL = "WRONG_SKILL"
    UNSAFE = "UNSAFE"
    OTHER = "OTHER"


class ContactAttempt(Value):
    """How, and when, an expert before a closed door tried to reach the customer."""

    channel: Code
    at: datetime


class StartCode(StrEnum):
    """What was found out about the code that was given at the door, or was not."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


class Particulars(Value):
    """What a report says beside its kind and its time; of each kind only what that kind carries
    (docs/rules/states.md, Reports from the field). Words are no part of it."""

    hindrance: Hindrance | None = None
    shortfall: Shortfall | None = None
    minutes: int | None = None
    attempts: tuple[ContactAttempt, ...] = ()
    parts_eta: datetime | None = None
    skill: Code | None = None
    follow_up: bool = True
    start_code: StartCode | None = None


class NoRoom(Value):
    """That there was no room for a need for more time: by when its expert has to end, and from when
    what is next needs somebody, as far as one can say."""

    finish_by: datetime
    next_at: datetime | None = None


class ShiftedVisit(Value):
    """A visit that begins at `start` and not at `was`, because one before it takes longer."""

    visit_id: VisitId
    was: datetime
    start: datetime


class Granted(Value):
    """The time that was granted for a need for more: the planned end `before` it and after, and
    what moved for it. `is_over`: it counts no more, because its sender took the need back and that
    was dealt with, or because the visit was released."""

    before: datetime
    end: datetime
    moved: tuple[ShiftedVisit, ...] = ()
    is_over: bool = False


class ReportedFact(Value):
    """A fact from the field, known by an id derived from its sender's own, and of which assignment
    it is.

    `occurred_at` is when it really was, as far as we know; `phone_time` what the phone's own clock
    said, where that is something else. `report_id` names the words that came with it, and
    `received_at` is when it first came. `withdrawn`: its sender took it back. `no_room`: it was a
    need for more time that could not be granted; `granted` what it was given, if it was. `corrects`
    is the report of theirs in whose place it stands.
    """

    client_event_id: str
    kind: FactKind
    expert_id: ExpertId
    occurred_at: datetime
    assignment_id: str = ""
    phone_time: datetime | None = None
    report_id: str | None = None
    received_at: datetime | None = None
    particulars: Particulars = Particulars()
    withdrawn: bool = False
    no_room: NoRoom | None = None
    granted: Granted | None = None
    corrects: str | None = None

    @property
    def order(self) -> tuple[datetime, datetime, int, str]:
        """By what reports are put in the order in which they occurred. Of those of one moment that
        is the order of their kinds, and never that of their arrival; of those that a phone said to
        be ahead of us, the order that it gave them."""
        is_held_back = self.phone_time is not None and self.occurred_at == self.received_at
        by_clock = self.by_its_phone if is_held_back else self.occurred_at
        return self.occurred_at, by_clock, _PLACES[self.kind], self.client_event_id

    @property
    def by_its_phone(self) -> datetime:
        """When it was by the clock of the phone that sent it."""
        return self.phone_time or self.occurred_at

    def is_after(self, end: "ReportedFact") -> bool:
        """Whether it occurred after the end of its expert's work: by our reckoning and by the
        phone's own, since only one of the two may have been mended. What we had heard of had begun,
        though the phone's clock was a little ahead."""
        if self.kind in ENDINGS:
            return self.order > end.order
        was = min(self.occurred_at, self.received_at or self.occurred_at)
        return was > end.occurred_at and (self.phone_time or was) > end.by_its_phone
