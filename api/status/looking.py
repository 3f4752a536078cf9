"""What an API process looks at by itself: its servers, its copies, and who it asks."""

import asyncio

import structlog

from api.http.auth import KeySet
from api.http.health import temporal_stands, workers_stand
from api.http.services import Services
from models.status import FINE, UNHEARD, PartState, Seen

log = structlog.get_logger("api.status")

_PAUSE = 3.0
"""Seconds between two looks."""


class Looking:
    """What needs a question, asked behind the requests."""

    def __init__(self, services: Services, keys: KeySet | None) -> None:
        self._services, self._keys = services, keys
        self._matching = UNHEARD
        status = services.status
        status.watch("catalogue", services.catalogue_seen)
        status.watch("matching", self._matches)
        status.watch("maps", services.travel.seen)
        if keys is not None:
            status.watch("login", self._login)

    async def keep(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                # A bug here may not end what others rest on.
                log.exception("status_not_seen", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def look(self) -> None:
        """Ask once; nobody is waited for longer than a moment."""
        services = self._services
        engine, workers = await asyncio.gather(temporal_stands(services), workers_stand(services))
        works = (engine, workers) == ("ok", "ok")
        self._matching = FINE if works else Seen(PartState.AWAY)
        await services.travel.look_again()

    def _matches(self) -> Seen:
        return Seen(PartState.AWAY) if self._services.engine.lasts else self._matching

    def _login(self) -> Seen:
        is_reached = self._keys is None or self._keys.is_reached
        if is_reached is None:
            return UNHEARD
        return FINE if is_reached else Seen(PartState.AWAY)
