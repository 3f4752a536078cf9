"""What of the house is stale or away, and since when (docs/rules/status.md)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from models.base import Value


class PartState(StrEnum):
    """How a part does: as it should; it answers with what it knew before; it does not answer."""

    OK = "ok"
    STALE = "stale"
    AWAY = "away"


class Seen(NamedTuple):
    """How a part does as somebody sees it now; `as_of` is how old what it answers with is. Of one
    that is ok, `heard_at` is when it last answered, where that may be a while ago."""

    state: PartState
    as_of: datetime | None = None
    heard_at: datetime | None = None


Look = Callable[[], Seen]
"""It answers at once and asks nobody; whoever looks may be a request."""
FINE = Seen(PartState.OK)
"""It answers now, or there is nobody to ask."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
UNHEARD = Seen(PartState.OK, heard_at=NEVER)
"""Whoever says so has heard no answer since they began: they know of nothing bad, and of nothing
that is over."""


def last_heard(at: datetime | None) -> Seen:
    """Nothing bad is known of a part that answered then, as far as this process has heard."""
    return UNHEARD if at is None else Seen(PartState.OK, heard_at=at)


class Standing(Value):
    """How a part does, and since when it is stale or away; None where nobody knows. See `Seen` of
    the others."""

    part: str
    state: PartState
    since: datetime | None = None
    as_of: datetime | None = None
    heard_at: datetime | None = None

    def ends(self, outage: Self) -> bool:
        """Whether it rests on an answer that came after an outage had begun. Who has heard none
        since cannot tell that it is over."""
        if self.state is not PartState.OK or self.heard_at is None or outage.since is None:
            return self.state is PartState.OK
        return self.heard_at > outage.since


class Part(NamedTuple):
    """A part as customers know it: what it means for them that it is ok, stale or away. `teller` is
    the kind of process without which nobody does its work: while none tells of it, it is away."""

    ok: str
    stale: str
    away: str
    teller: str | None = None

    def words(self, state: PartState) -> str:
        """What a state means."""
        return {PartState.OK: self.ok, PartState.STALE: self.stale, PartState.AWAY: self.away}[
            state
        ]


RELAY = "relay"
_UNTOLD = "We cannot say at the moment whether messages go out."
PARTS: Mapping[str, Part] = {
    "catalogue": Part(
        ok="Appliances, skills and zones are up to date.",
        stale="The list of appliances may be out of date; one that is missing can be described.",
        away="The list of appliances cannot be read; describe your appliance instead.",
    ),
    "matching": Part(
        ok="Experts are being found and visits booked.",
        stale="Finding experts and booking visits takes longer than usual.",
        away="Tickets are accepted; experts are asked and visits booked as soon as this is back.",
    ),
    "records": Part(
        ok="Tickets can be read and changed.",
        stale="What is shown of tickets may be out of date.",
        away="Tickets are accepted, but cannot be read at the moment. Nothing is lost.",
    ),
    "coverage": Part(
        ok="What your plan pays is known.",
        stale="What your plan pays is decided by what was last heard; for some that takes longer.",
        away="What your plan pays is decided as soon as the accounts can be asked again.",
    ),
    "messages.sms": Part(
        ok="Text messages go out.",
        stale=_UNTOLD,
        away="Text messages do not go out; we write by e-mail where we can, and later.",
        teller=RELAY,
    ),
    "messages.email": Part(
        ok="E-mails go out.",
        stale=_UNTOLD,
        away="E-mails do not go out; we send text messages where we can, and write later.",
        teller=RELAY,
    ),
    "maps": Part(
        ok="Travel times are those of the roads.",
        stale="Travel times are older than usual.",
        away="Travel times are estimated by distance until the map service is back.",
    ),
    "login": Part(
        ok="Logging in works.",
        stale="Logging in may take longer than usual.",
        away="Logging in may fail at the moment; whoever is logged in already can go on.",
    ),
}
"""One entry a part, in the order in which they are shown. Whoever calls what stands behind one
says how it does, with `watch` of the process that they are part of: `Status.watch(part, look)` in
the API (`api.status.watching`), `Bulletin.watch(part, look)` in a worker or relay
(`models.db.status.bulletin`)."""


def together(part: str, seen: Iterable[Standing]) -> Standing:
    """How a part does that several look at: as whoever sees it worst, since the first who did."""
    ill = [one for one in seen if one.state is not PartState.OK]
    if not ill:
        return Standing(part=part, state=PartState.OK)
    is_away = any(one.state is PartState.AWAY for one in ill)
    since = [one.since for one in ill if one.since]
    as_of = [one.as_of for one in ill if one.as_of]
    return Standing(
        part=part,
        state=PartState.AWAY if is_away else PartState.STALE,
        since=min(since, default=None),
        as_of=min(as_of, default=None),
    )


SETTLING = timedelta(seconds=15)
"""For so long nothing may be stale or away before somebody is told that all is back."""
QUIET = timedelta(minutes=30)
"""After having told a customer that all is back, for so long they are not told again."""
