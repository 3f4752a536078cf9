"""What was accepted first under a key stands, also while nobody can tell at once which that was."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from api.http.auth import Principal
from api.http.services import Services
from api.http.silence import Silence
from api.intake.filing import file_ticket
from api.intake.resending import Resending
from api.ticket.schemas import NewTicket
from models.actor import Actor, Role
from models.db.intake.command_log import CommandLog
from models.errors import Invalid
from models.event import Cause
from models.identity import ticket_id
from models.intake.command import LoggedCommand
from tests.api.intake.filed import body, is_filed
from tests.house import House
from tests.issuing import SUBJECTS
from tests.ports import free_port
from tests.replica import impatient

WHO = SUBJECTS["customer"]


class Slow(CommandLog):
    """Takes as long as it likes to look at what others hold."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.looks, self.go_on = asyncio.Event(), asyncio.Event()
        self.rounds = 0

    def waiting(self) -> set[str]:
        """Whoever sends again asks once a round."""
        self.rounds += 1
        return super().waiting()

    async def find_elsewhere(self, identifier: str) -> LoggedCommand | None:
        self.looks.set()
        await self.go_on.wait()
        return await super().find_elsewhere(identifier)


async def filed(services: Services, key: str, words: str) -> None:
    principal = Principal(role=Role.CUSTOMER, subject=WHO)
    new = NewTicket.model_validate(body(description=words))
    by = Cause(actor=Actor(role=Role.CUSTOMER, id=WHO))
    await file_ticket(services, new, principal, key, by)


@asynccontextmanager
async def sent_again(services: Services) -> AsyncIterator[None]:
    task = asyncio.create_task(Resending(services).keep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_is_refused_under_a_used_key_is_not_started_while_somebody_looks(
    house: House, tmp_path: Path
) -> None:
    """Though Temporal is back by then."""
    key, away = str(uuid.uuid4()), await impatient(free_port())
    first, slow = CommandLog(tmp_path), Slow(tmp_path)
    silent = replace(house.services, temporal=away, engine=Silence())
    await filed(replace(silent, commands=first), key, "It hums.")
    services = replace(silent, commands=slow)
    second = asyncio.create_task(filed(services, key, "It leaks."))
    await slow.looks.wait()
    async with sent_again(replace(services, temporal=house.services.temporal)):
        await house.soon(lambda: slow.rounds >= 6, "several rounds")
        slow.go_on.set()
        with pytest.raises(Invalid) as refusal:
            await second
        assert refusal.value.code == "idempotency-key-reused"
        enough = slow.rounds + 3
        await house.soon(lambda: slow.rounds >= enough, "several more")
    assert slow.find(f"ticket-{ticket_id(WHO, key).removeprefix('tkt_')}/start") is None
    assert not await is_filed(house, key)
    slow.close()
    first.close()
