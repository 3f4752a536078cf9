"""What every reason for asking a person is made of: a picture, a text, decisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from models.base import Value
from models.escalation import Action, Candidate, EscalationReason, Option, SuggestedTime
from models.rules.escalation.deed import Deed, Preparation, Request, given_up
from models.ticket import Ticket
from models.visit import Visit, VisitGroup

REFRESH, CLAIM, RELEASE = "7_refresh", "8_claim", "9_release"
"""What everybody who is asked may send, whatever the reason; decisions stay below 7."""


class Wants(StrEnum):
    """What a decision needs beside its name; never more than one bare value."""

    NOTHING = "nothing"
    CANDIDATE = "candidate"
    HOURS = "hours"
    OPTION = "option"
    CATEGORY = "category"


HINTS: Mapping[Wants, str] = {
    Wants.NOTHING: "",
    Wants.CANDIDATE: "Data: the number, empty for 1",
    Wants.HOURS: "Data: hours, empty for as long again",
    Wants.OPTION: "Data: the number, empty for 1",
    Wants.CATEGORY: 'Data: its category, such as "oven"',
}
"""What to type into the box of the Temporal UI."""


class Shown(StrEnum):
    """What a reason needs to be gathered beside its ticket."""

    CANDIDATES = "candidates"
    """Who could come, at the visit's own time where it has one."""
    CANDIDATES_AT_ANY_TIME = "candidates_at_any_time"
    TIMES = "times"
    MODELS = "models"
    MESSAGE = "message"


@dataclass(frozen=True)
class Decision:
    """One button: its place and words for people, what it wants, and what it asks of the ticket
    once what it needs is prepared. Words may change; its name is sent over Temporal and may not."""

    number: int
    action: Action
    label: str
    explains: str
    asks: Callable[[Deed], Request]
    wants: Wants = Wants.NOTHING
    before: Preparation = Preparation.NOTHING

    @property
    def name(self) -> str:
        """The name of its update. The Temporal UI sorts by it, so the number comes first."""
        return f"{self.number}_{self.action}"

    @property
    def button(self) -> str:
        """What a page says on it: number, words, and what to type."""
        hint = HINTS[self.wants]
        return f"{self.number} {self.label}" + (f" ({hint})" if hint else "")

    @property
    def description(self) -> str:
        """What the Temporal UI shows below its name."""
        hint = HINTS[self.wants]
        return f"{self.label}. {self.explains}" + (f" {hint}." if hint else "")


CANCEL = Decision(
    number=4,
    action=Action.CANCEL,
    label="Cancel the ticket",
    explains="Everybody concerned is told.",
    asks=given_up,
)
"""Where nobody can help. The number is the same wherever it stands."""


class Picture(Value):
    """What the house knows about the subject of an escalation, gathered a moment ago."""

    ticket: Ticket
    now: datetime
    number: int | None = None
    tz: str = "UTC"
    visit: Visit | None = None
    group: VisitGroup | None = None
    candidates: tuple[Candidate, ...] = ()
    times: tuple[SuggestedTime, ...] = ()
    options: tuple[Option, ...] = ()
    undelivered: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The ticket as people call it."""
        return f"T-{self.number}" if self.number else "this ticket"

    @property
    def visit_name(self) -> str:
        """The visit as people call it, or the ticket where it is about no visit."""
        return f"visit {self.visit.seq} of {self.name}" if self.visit else self.name

    @property
    def people(self) -> tuple[str, ...]:
        """The candidates as a page without names shows them."""
        return tuple(
            f"{c.number}. Expert no. {c.expert_no}, {c.distance_km:.0f} km away, "
            f"free {self.local(c.start)}"
            for c in self.candidates
        )

    def local(self, at: datetime) -> str:
        """An instant as a clock on the customer's wall shows it, with the zone."""
        there = at.astimezone(ZoneInfo(self.tz))
        return f"{there:%a %d %b %H:%M} ({self.tz})"


@dataclass(frozen=True)
class Kind:
    """A reason: what has to be gathered, its words, its decisions in the order of their numbers.
    Every decision is possible, unless `narrowed` says which are."""

    reason: EscalationReason
    decisions: tuple[Decision, ...]
    headline: Callable[[Picture], str]
    facts: Callable[[Picture], Sequence[str]]
    shows: frozenset[Shown] = frozenset()
    narrowed: Callable[[Picture], Sequence[Action]] | None = None

    def possible(self, picture: Picture) -> Sequence[Action]:
        """What may be decided as things stand."""
        return self.narrowed(picture) if self.narrowed else [d.action for d in self.decisions]

    def decision(self, action: Action) -> Decision:
        """The decision of an action; only what the reason allows is decided."""
        return next(d for d in self.decisions if d.action is action)
