"""What every reason for asking a person is made of: a picture, a text, decisions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.base import Value
from models.brief import Cancelling, Candidate, Expected, Option, SuggestedTime, Untold
from models.calendar import Window
from models.escalation import Action, Brief, EscalationReason, Said
from models.money.invoice import Earning
from models.promise.policy import Policies
from models.promise.sla import Clock
from models.rules.escalation.deed import Deed, Preparation, Request, cancelled
from models.rules.escalation.plans import Plans
from models.rules.escalation.wording import in_words, local, span, way
from models.rules.transitions import ALLOWED, TicketCommand, status_of
from models.ticket import Ticket
from models.visit import MOST_MINUTES, Visit, VisitGroup

REFRESH, CLAIM, RELEASE = "7_refresh", "8_claim", "9_release"
"""What everybody who is asked may send, whatever the reason; decisions stay below 7."""


class Wants(StrEnum):
    """What a decision needs beside its name; never more than one bare value."""

    NOTHING = "nothing"
    CANDIDATE = "candidate"
    HOURS = "hours"
    OPTION = "option"
    CATEGORY = "category"
    MINUTES = "minutes"
    WAIT = "wait"
    """Minutes to wait, or none for as long as the policy says."""
    TIMES = "times"
    """All of those that are shown, which its page names."""


HINTS: Mapping[Wants, str] = {
    Wants.NOTHING: "",
    Wants.CANDIDATE: "Data: the number, empty for 1",
    Wants.HOURS: "Data: hours, empty for as long again",
    Wants.OPTION: "Data: the number, empty for 1",
    Wants.MINUTES: "Data: minutes, such as 60",
    Wants.WAIT: "Data: minutes, empty for 15",
    Wants.CATEGORY: 'Data: the number of its category, or its name, such as "oven"',
    Wants.TIMES: "Data: empty",
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
    PLANS = "plans"
    """Which plans the customer holds."""
    STAND_INS = "stand_ins"
    """Who could come in the place of somebody who cannot."""
    NO_SHOWS = "no_shows"
    """How often the customer was not there before."""
    CREW = "crew"
    """Who is booked for the visit; of a cancelled one, who worked on it all the same."""
    CUSTOMER_ASKED = "customer_asked"
    """When the customer was asked what suits them."""
    WORTH = "worth"
    """What the work on the visit is worth."""
    CANCELLING = "cancelling"
    """When the visit was cancelled, by whom, and who had been told."""


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
    needs: TicketCommand | None = None
    """What of the ticket's commands it is: it is offered while the ticket takes that."""
    minutes: range = range(1, MOST_MINUTES + 1)
    """Which whole minutes it takes, where it wants some."""
    ends_all: bool = False
    """Nothing brings back what it ends: our own page asks twice."""

    @property
    def name(self) -> str:
        """The name of its update. The Temporal UI sorts by it, so the number comes first."""
        return f"{self.number}_{self.action}"

    @property
    def button(self) -> str:
        """What a page says on it: number, words, and what to type."""
        return self.button_as(None)

    def button_as(self, brief: Brief | None) -> str:
        """The same, as things stand."""
        hint = HINTS[self.wants]
        return f"{self.number} {self.label_as(brief)}" + (f" ({hint})" if hint else "")

    def label_as(self, brief: Brief | None) -> str:
        """Its words, as things stand."""
        said = brief.says.get(self.action) if brief else None
        return said.label if said and said.label else self.label

    def explains_as(self, brief: Brief | None) -> str:
        """What it does, as things stand."""
        said = brief.says.get(self.action) if brief else None
        return said.explains if said and said.explains else self.explains

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
    asks=cancelled,
    needs=TicketCommand.CANCEL,
    ends_all=True,
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
    clock: Clock | None = None
    candidates: tuple[Candidate, ...] = ()
    nobody: str = ""
    """Why there is no candidate, where somebody looked for one."""
    times: tuple[SuggestedTime, ...] = ()
    options: tuple[Option, ...] = ()
    untold: Untold | None = None
    plans: Plans | None = None
    """Those that the customer holds, where somebody looked for them."""
    crew: tuple[Expected, ...] = ()
    customer_asked_at: datetime | None = None
    worth: tuple[Earning, ...] = ()
    """What those who worked on the visit earn with it, where that is known."""
    cancelling: Cancelling | None = None
    no_shows: int = 0
    """For how many visits the customer was not there before."""
    expert_nos: Mapping[str, int] = {}
    """How pages without names call those who offered, by their ids."""
    categories: tuple[Option, ...] = ()
    nameable: bool = True
    """Whether what the customer wrote could be a model's name in the catalogue."""

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
            f"{c.number}. Expert no. {c.expert_no}, {'' if c.exact else 'about '}"
            f"{c.distance_km:.0f} km{way(c.travel_minutes, c.travel_source)} away, "
            f"free {self._stay(c)}{', had offered to come then' if c.offered else ''}"
            for c in self.candidates
        )

    @property
    def at_stake(self) -> str:
        """What ends with the ticket, and who hears of it."""
        visits = [v for v in self.ticket.visits if v.is_live]
        when = (
            f"visit {v.seq} ({self.local(v.start) if v.start else 'no time yet'}"
            f"{f', {len(v.crew)} booked' if v.crew else ''})"
            for v in visits
        )
        offers = {
            p.expert_id
            for g in self.ticket.matching.groups
            if g.is_live
            for p in self.ticket.active_proposals(g)
        }
        count = "expert" if len(offers) == 1 else "experts"
        waiting = (f"what {len(offers)} {count} offered",) if offers else ()
        return ", ".join((self.name, *when, *waiting))

    def local(self, at: datetime) -> str:
        """An instant as a clock on the customer's wall shows it, with the zone."""
        return local(at, self.tz)

    def span(self, window: Window) -> str:
        """From when to when, on that clock."""
        return span(window, self.tz)

    def _stay(self, candidate: Candidate) -> str:
        """When a candidate would come, and go."""
        if candidate.end is None:
            return self.local(candidate.start)
        return self.span(Window(start=candidate.start, end=candidate.end))

    @property
    def appliance(self) -> str:
        """What is to be repaired, as far as it is known."""
        category = self.ticket.filing.category
        return in_words(category) if category else "not known yet"


def _nothing_else(_: Picture) -> Mapping[Action, Said]:
    return {}


def _the_ticket(picture: Picture) -> str:
    return picture.at_stake


def _by_the_policy(policies: Policies) -> timedelta:
    return policies.escalation_step


@dataclass(frozen=True)
class Kind:
    """A reason: what has to be gathered, its words, its decisions in the order of their numbers.
    Every decision is possible, unless `narrowed` says which are. What `outlives` its ticket is
    asked of one that has ended, too. `on_our_page` says elsewhere what can be done there only.
    `step` is how long a level has before the next one is asked, and `helps_until` the moment after
    which no answer to a question about a visit can help any more. `says` is what its decisions say
    otherwise than always, `ends` what is at stake."""

    reason: EscalationReason
    decisions: tuple[Decision, ...]
    headline: Callable[[Picture], str]
    facts: Callable[[Picture], Sequence[str]]
    shows: frozenset[Shown] = frozenset()
    narrowed: Callable[[Picture], Sequence[Action]] | None = None
    outlives: bool = False
    on_our_page: str = ""
    step: Callable[[Policies], timedelta] = _by_the_policy
    helps_until: Callable[[Ticket, Visit], datetime | None] | None = None
    says: Callable[[Picture], Mapping[Action, Said]] = _nothing_else
    ends: Callable[[Picture], str] = _the_ticket

    def possible(self, picture: Picture) -> Sequence[Action]:
        """What may be decided as things stand, and what the ticket would not refuse whatever was
        chosen."""
        taken = ALLOWED[status_of(picture.ticket)]
        left = self.narrowed(picture) if self.narrowed else [d.action for d in self.decisions]
        refused = {d.action for d in self.decisions if d.needs and d.needs not in taken}
        return [action for action in left if action not in refused]

    def decision(self, action: Action) -> Decision:
        """The decision of an action; only what the reason allows is decided."""
        return next(d for d in self.decisions if d.action is action)
