"""The reference data that requests are checked against and that customers choose from, at hand.

Neither intake nor whoever reads the list of appliances waits for anybody: what the last refresh
brought is used, or what an earlier process left on disk. Before there is either, intake goes by the
files that ship with the program.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from api.catalogue.copy import Copy, read_with, remember, remembered, shipped
from api.http import asking
from api.http.reads import Reads
from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.writes import ReferenceRepository
from models.errors import Invalid, Unavailable
from models.rules.matching.slots import SHORTEST_VISIT
from models.status import NEVER, PartState, Seen

REFRESH_SECONDS, RETRY_SECONDS = 30.0, 3.0
"""Between two refreshes; after one that failed."""
_ONCE_MORE = 1.5
"""Seconds that somebody who names what is not known waits for one refresh."""

log = structlog.get_logger()


class Keeper(Protocol):
    """Another system that keeps the list of models; see `activities.gateways.catalogue`."""

    async def models(self) -> tuple[ApplianceModel, ...]:
        """Every model.

        Raises:
            Unavailable: there is no answer, or it cannot be used.
        """


class Reference:
    """The copy in force. For one event loop.

    Args:
        reads: of the database, whose rows hold everything.
        keeper: whoever is asked for models beside; what they name is put into the rows, for all
            who go by those.
        file: where the copy outlives the process; None to forget it with it.
    """

    def __init__(
        self, reads: Reads, keeper: Keeper | None = None, file: Path | None = None
    ) -> None:
        self._reads, self._keeper, self._file = reads, keeper, file
        kept = remembered(file) if file is not None else None
        self._copy, self._is_ours = kept or shipped(), kept is None
        self._is_stale = kept is not None
        self._lock = asyncio.Lock()

    def seen(self) -> Seen:
        """Whether the last refresh failed, and as of when what is in force is; away, where there
        has never been anything but what the program ships with."""
        if not self._is_stale:
            # Until the first reading nobody has been asked.
            heard_at = NEVER if self._copy.as_of is None else None
            return Seen(PartState.OK, self._copy.as_of, heard_at)
        return Seen(PartState.AWAY if self._is_ours else PartState.STALE, self._copy.as_of)

    def listed(self) -> Copy:
        """What customers may choose from.

        Raises:
            Unavailable: `catalogue-unavailable`, where nobody has ever been heard.
        """
        if self._is_ours:
            raise Unavailable(
                "catalogue-unavailable",
                "The list of appliances cannot be read yet. A ticket can be filed all the same: "
                "describe the appliance in model_text.",
                retry_after=round(RETRY_SECONDS),
            )
        return self._copy

    async def keep_fresh(self) -> None:
        """Refresh until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(RETRY_SECONDS if self._is_stale else REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Ask everybody anew; whoever is away leaves what they said before."""
        named = await self._named()
        async with self._lock:
            was_read = await self._read(named or ())
            self._is_stale = named is None or not was_read
            if not self._is_stale:
                self._copy = self._copy.but(as_of=datetime.now(UTC))
            await self._remember()

    async def learn(self, model: ApplianceModel) -> None:
        """Have a model found from now on that has just been put into the rows."""
        if model.id in self._copy.category_of:
            return
        async with self._lock:
            await self._read(())
            if model.id not in self._copy.category_of:
                self._take(self._copy.with_models((model,)))
            await self._remember()

    async def _named(self) -> Sequence[ApplianceModel] | None:
        """What the other system names, None while it is away."""
        if self._keeper is None:
            return ()
        try:
            return await self._keeper.models()
        except Unavailable as error:
            log.warning("catalogue_not_heard", **error.evidence)
        except Exception as error:
            log.exception("catalogue_not_heard", error=type(error).__name__)
        return None

    async def _read(self, named: Sequence[ApplianceModel]) -> bool:
        """Whether the rows were read anew, and have what is named. Rows without a category are no
        catalogue: they are being loaded, or restored."""
        try:
            new, changed = await self._reads.run(lambda s: read_with(s, named))
            if new.categories:
                await self._follow(new, changed, named)
                return True
            log.warning("reference_data_empty")
        except Unavailable as error:
            log.warning("reference_data_stale", error=error.code)
        except Exception as error:
            log.exception("reference_data_stale", error=type(error).__name__)
        if named:
            self._take(self._copy.with_models(named))
        return False

    async def _follow(
        self, new: Copy, changed: Sequence[ApplianceModel], named: Sequence[ApplianceModel]
    ) -> None:
        self._take(new)
        if left_out := len({m.id for m in named} - new.category_of.keys()):
            log.warning("models_of_no_category", models=left_out)
        if changed:
            await self._reads.write(lambda s: ReferenceRepository(s).follow_models(changed))

    def _take(self, new: Copy) -> None:
        self._copy, self._is_ours = new.but(as_of=self._copy.as_of), False

    async def _remember(self) -> None:
        if self._file is not None and not self._is_ours:
            await asyncio.to_thread(remember, self._file, self._copy)

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
        minutes = self._copy.minutes.get(category or "")
        return timedelta(minutes=minutes) if minutes else SHORTEST_VISIT

    def category(self, model_id: str | None, category: str | None) -> str | None:
        """The category of an appliance, by its model or as it was named.

        Raises:
            Invalid: `model-unknown`, `category-unknown`.
        """
        if model_id is not None:
            if model_id not in self._copy.category_of:
                raise Invalid(
                    "model-unknown",
                    "No such model; describe it in model_text instead.",
                    field="/model_id",
                )
            return self._copy.category_of[model_id]
        if category is not None and category not in self._copy.minutes:
            raise Invalid("category-unknown", "No such category.", field="/category")
        return category

    @property
    def zones(self) -> list[str]:
        """The codes of all zones, in order."""
        return sorted(self._copy.zones)

    def require_skill(self, skill: str, field: str) -> None:
        """Refuse a skill that does not exist.

        Raises:
            Invalid: `skill-unknown`.
        """
        if skill not in self._copy.skills:
            raise Invalid("skill-unknown", "No such skill.", field=field)

    def require_zone(self, zone: str) -> None:
        """Refuse a zone that does not exist.

        Raises:
            Invalid: `zone-unknown`.
        """
        if zone not in self._copy.zones:
            raise Invalid("zone-unknown", "No such zone.", field="zone")
