"""The reference data that requests are checked against, kept at hand.

Intake never waits for the database: what the last refresh brought is used, and before the first
one the files that ship with the program.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from api.http import asking
from api.http.reads import Reads
from models.base import Value
from models.catalogue.catalogue import load
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.errors import Invalid, Unavailable
from models.rules.matching.slots import SHORTEST_VISIT
from models.status import PartState, Seen

REFRESH_SECONDS, RETRY_SECONDS = 30.0, 3.0
"""Between two refreshes; after one that failed."""
_ONCE_MORE = 1.5
"""Seconds that somebody who names what is not known waits for one refresh."""

log = structlog.get_logger()


class Snapshot(Value):
    """What is known by name: visit lengths per category, the category of each model, zones."""

    minutes: Mapping[str, int]
    category_of: Mapping[str, str]
    zones: frozenset[str]
    skills: frozenset[str]


class Reference:
    """The snapshot in force."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        shipped = load()
        self._snapshot = Snapshot(
            minutes={c.code: c.visit_minutes for c in shipped.categories},
            category_of={m.id: m.category for m in shipped.models},
            zones=frozenset(z.code for z in shipped.zones),
            skills=frozenset(s.code for s in shipped.skills),
        )
        self._as_of: datetime | None = None
        self._is_stale = False

    def seen(self) -> Seen:
        """Whether the last refresh failed, and when what is in force was read; None, with what the
        program ships with."""
        return Seen(PartState.STALE if self._is_stale else PartState.OK, self._as_of)

    async def keep_fresh(self) -> None:
        """Refresh until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(RETRY_SECONDS if self._is_stale else REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Read the snapshot anew; whatever is wrong with the database leaves the old one."""
        try:
            self._snapshot = await self._reads.run(_read)
            self._as_of, self._is_stale = datetime.now(UTC), False
            return
        except Unavailable as error:
            log.warning("reference_data_stale", error=error.code)
        except Exception as error:
            log.exception("reference_data_stale", error=type(error).__name__)
        self._is_stale = True

    async def look_again(self, model_id: str | None) -> None:
        """Refresh once where a model is not known: another process may have put it in since. It
        stays unknown where that takes too long, or the database is away."""
        try:
            self.category(model_id, None)
        except Invalid:
            with suppress(TimeoutError):
                async with asyncio.timeout(asking.rest(_ONCE_MORE)):
                    await self.refresh()

    def visit_length(self, category: str | None) -> timedelta:
        """How long a visit for a category takes; the shortest visit for one not known yet."""
        minutes = self._snapshot.minutes.get(category or "")
        return timedelta(minutes=minutes) if minutes else SHORTEST_VISIT

    def category(self, model_id: str | None, category: str | None) -> str | None:
        """The category of an appliance, by its model or as it was named.

        Raises:
            Invalid: `model-unknown`, `category-unknown`.
        """
        if model_id is not None:
            if model_id not in self._snapshot.category_of:
                raise Invalid(
                    "model-unknown",
                    "No such model; describe it in model_text instead.",
                    field="/model_id",
                )
            return self._snapshot.category_of[model_id]
        if category is not None and category not in self._snapshot.minutes:
            raise Invalid("category-unknown", "No such category.", field="/category")
        return category

    @property
    def zones(self) -> list[str]:
        """The codes of all zones, in order."""
        return sorted(self._snapshot.zones)

    def require_skill(self, skill: str, field: str) -> None:
        """Refuse a skill that does not exist.

        Raises:
            Invalid: `skill-unknown`.
        """
        if skill not in self._snapshot.skills:
            raise Invalid("skill-unknown", "No such skill.", field=field)

    def require_zone(self, zone: str) -> None:
        """Refuse a zone that does not exist.

        Raises:
            Invalid: `zone-unknown`.
        """
        if zone not in self._snapshot.zones:
            raise Invalid("zone-unknown", "No such zone.", field="zone")


def _read(session: Session) -> Snapshot:
    reference = ReferenceReads(session)
    return Snapshot(
        minutes={c.code: c.visit_minutes for c in reference.categories()},
        category_of={m.id: m.category for m in reference.all_models()},
        zones=frozenset(z.code for z in reference.zones()),
        skills=frozenset(s.code for s in reference.skills()),
    )
