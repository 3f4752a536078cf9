"""How every part of the house does, at hand for whoever asks: what this process sees, and what it
last heard from all others."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import structlog

from api.http import asking
from api.http.reads import Reads
from models.db.engine import Session
from models.db.status.bulletin import Bulletin, process_name
from models.db.status.standings import StandingRepository
from models.errors import Unavailable
from models.status import FINE, PARTS, Look, PartState, Seen, Standing, together

log = structlog.get_logger("api.status")

PAUSE = 3.0
"""Seconds between two times that others are told and heard."""


def _now() -> datetime:
    return datetime.now(UTC)


class Status:
    """What one API process says of the house. A request waits for nobody.

    Args:
        clock: what time it is.
        pause: seconds between two times that others are told and heard.
    """

    def __init__(self, clock: Callable[[], datetime] = _now, pause: float = PAUSE) -> None:
        self._clock, self._pause = clock, pause
        # Several may live in one operating system's process.
        self._own = Bulletin(f"{process_name('api')} {uuid4().hex}", clock)
        self._reads: Reads | None = None
        self._is_deaf = False
        self._heard: dict[str, Standing] = {}
        self._heard_at: datetime | None = None
        self.watch("records", self._records)

    def watch(self, part: str, look: Look) -> None:
        """From now on this process says how a part of `models.status.PARTS` does, as `look` sees
        it: at once, without asking anybody."""
        self._own.watch(part, look)

    def standings(self) -> list[Standing]:
        """Every part as is known now, in order. Of one that nobody has told of yet nobody knows
        more than that: it is stale."""
        known = self._known()
        unknown = PartState.STALE
        return [known.get(part) or Standing(part=part, state=unknown) for part in PARTS]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be stale or away."""
        return all(one.state is PartState.OK for one in self._known().values())

    @property
    def is_deaf(self) -> bool:
        """Whether the database did not answer when it was last asked, by whomever of us."""
        return self._is_deaf or (self._reads is not None and self._reads.silence.lasts)

    @property
    def as_of(self) -> datetime | None:
        """When all others were heard last."""
        return self._heard_at

    async def keep(self, reads: Reads) -> None:
        """Tell and hear until cancelled."""
        self._reads = reads
        while True:
            await self.exchange(reads)
            await asyncio.sleep(self._pause)

    async def exchange(self, reads: Reads) -> None:
        """Tell others what is seen here, and hear what they see; later, if that cannot be now."""
        self._reads = reads
        # Whoever can write it down has the records: of those each process speaks for itself.
        seen = [one for one in self._own.seen() if one.part != "records"]

        def settled(session: Session) -> list[Standing]:
            standings = StandingRepository(session)
            standings.tell(self._own.process, seen)
            return standings.settle()

        try:
            heard = await asyncio.create_task(reads.write(settled), context=asking.for_ourselves())
        except Unavailable:
            self._is_deaf = True
            return
        except Exception as error:
            log.exception("status_not_heard", error=type(error).__name__)
            return
        self._heard, self._heard_at = {one.part: one for one in heard}, self._clock()
        self._is_deaf = False

    def _known(self) -> dict[str, Standing]:
        """What is known of each part, by this process or others."""
        own = {one.part: one for one in self._own.seen()}
        alone = own if self.is_deaf else {}
        return {
            part: self._alone(alone[part])
            if part in alone
            else together(part, [one for one in (own.get(part), self._heard.get(part)) if one])
            for part in own.keys() | self._heard.keys()
        }

    def _alone(self, own: Standing) -> Standing:
        """What was heard of it is old; since when it lasts is true all the same, and that it does,
        where this process has not heard otherwise since."""
        heard = self._heard.get(own.part)
        if heard is None or heard.state is PartState.OK or heard.since is None:
            return own
        if own.state is PartState.OK:
            return own if own.ends(heard) else heard
        return own.but(since=min(heard.since, own.since or heard.since))

    def _records(self) -> Seen:
        return Seen(PartState.AWAY, self._heard_at) if self.is_deaf else FINE
