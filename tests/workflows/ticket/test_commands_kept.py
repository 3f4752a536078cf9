"""A command that was logged is done, once, whoever dies and whether or not anybody asks again."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from models.identity import ticket_id
from temporal.client import connect
from temporal.failpoints import Failpoint
from temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.house import House, days
from tests.issuing import SUBJECTS
from tests.ports import free_port
from tests.scratch import scratch_database
from tests.workflows.listening import Listener, listening
from tests.workflows.processes import Processes, answering, house_of_processes
from workers.stack.process import Process
from workers.stack.temporal_server import TemporalServer
from workflows.ticket.story import TicketWorkflow

pytestmark = pytest.mark.long

BACK = 20.0
"""Seconds within which what was interrupted is made good on a busy machine."""


class Temporal:
    """A Temporal server that remembers when it is killed."""

    def __init__(self, folder: Path) -> None:
        self._server = TemporalServer(folder, free_port(), free_port(), SEARCH_ATTRIBUTES)
        self._log = folder / "temporal.log"
        self._server.prepare()
        self.address = self._server.address

    async def start(self) -> None:
        """Return once it serves."""
        self._process = await Process.start(self._server.program(), self._log)
        assert await self._process.until_ready()

    async def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        await self._process.wait()


@dataclass
class Site:
    """Everything that can be killed, and who listens where."""

    house: House
    processes: Processes
    temporal: Temporal
    listener: Listener

    async def kill_api(self) -> None:
        """With whatever it was about to do."""
        await asyncio.to_thread(self.processes.kill, "api")

    async def restart_api(self) -> None:
        """Return once it serves."""
        self.processes.start("api")
        await answering(self.house)

    async def proposals(self, ticket: str) -> list[str]:
        """What the ticket's workflow has."""
        known = await self.house.workflow(ticket).query(TicketWorkflow.ticket)
        return [proposal.id for proposal in known.matching.proposals]

    async def proposed(self, ticket: str) -> str:
        """The one proposal of a ticket, as soon as it is there."""

        async def there() -> list[str]:
            with suppress(Exception):
                return await self.proposals(ticket)
            return []

        [only] = await self.house.soon(there, "the proposal", BACK)
        return str(only)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "temporal").mkdir()
    temporal, socket = Temporal(folder / "temporal"), folder / "failpoints"
    await temporal.start()
    try:
        with scratch_database(postgres_url) as url:
            env = WorkflowEnvironment.from_client(await connect(temporal.address, "default"))
            async with (
                listening(socket) as listener,
                house_of_processes(env, url, folder, FAILPOINTS=str(socket)) as (house, processes),
            ):
                yield Site(house, processes, temporal, listener)
    finally:
        await temporal.kill()


async def test_a_proposal_whose_sender_is_gone_when_temporal_dies_is_made_once(
    site: Site,
) -> None:
    ticket, visit = await waiting(site.house)
    site.listener.at(Failpoint.COMMAND_LOGGED, site.temporal.kill)
    refused = await site.house.ask("expert", "POST", proposals_of(visit), offer())
    assert refused.status_code == 503
    assert refused.json()["code"] in ("engine-unavailable", "answer-late")
    assert int(refused.headers["Retry-After"]) >= 1
    await site.temporal.start()
    await site.proposed(ticket)
    await site.house.until(ticket, "SCHEDULED")
    assert len(await site.proposals(ticket)) == 1


async def test_who_asks_again_under_their_key_names_the_same_proposal(site: Site) -> None:
    ticket, visit = await waiting(site.house)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    site.listener.at(Failpoint.COMMAND_LOGGED, site.temporal.kill)
    refused = await site.house.ask("expert", "POST", proposals_of(visit), offer(), **key)
    assert refused.status_code == 503
    await site.temporal.start()
    kept = await site.proposed(ticket)

    async def again() -> Any:
        answer = await site.house.ask("expert", "POST", proposals_of(visit), offer(), **key)
        assert answer.status_code in (201, 503), answer.text
        return answer.json() if answer.status_code == 201 else None

    assert (await site.house.soon(again, "the answer", BACK))["id"] == kept
    assert await site.proposals(ticket) == [kept]


async def test_a_change_that_was_left_when_temporal_died_does_not_undo_a_newer_one(
    site: Site,
) -> None:
    ticket, _ = await waiting(site.house)
    path, older, newer = f"/tickets/{ticket}/slots", days(30, 3), days(40, 3)
    site.listener.at(Failpoint.COMMAND_LOGGED, site.temporal.kill)
    put_off = await site.house.ask("customer", "PUT", path, {"slots": older})
    assert put_off.status_code == 202
    await site.temporal.start()
    key = {"Idempotency-Key": str(uuid.uuid4())}

    async def changed() -> bool:
        answer = await site.house.ask("customer", "PUT", path, {"slots": newer}, **key)
        assert answer.status_code in (200, 202), answer.text
        return answer.status_code == 200

    await site.house.soon(changed, "the answer", BACK)
    events = (await site.house.workflow(ticket).fetch_history()).events
    said = [
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input
        for event in events
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    starts = [json.loads(words.args.payloads[0].data)["slots"][0]["start"][:10] for words in said]
    assert starts == [older[0]["start"][:10], newer[0]["start"][:10]], "both are done, in order"


@pytest.mark.parametrize("point", [Failpoint.COMMAND_LOGGED, Failpoint.COMMAND_ANSWERED])
async def test_a_proposal_that_the_api_died_with_is_made_once(site: Site, point: Failpoint) -> None:
    ticket, visit = await waiting(site.house)
    site.listener.at(point, site.kill_api)
    with pytest.raises(httpx2.TransportError):
        await site.house.ask("expert", "POST", proposals_of(visit), offer())
    await site.restart_api()
    kept = await site.proposed(ticket)
    await site.house.until(ticket, "SCHEDULED")
    assert await site.proposals(ticket) == [kept]


async def test_a_ticket_whose_customer_is_gone_when_temporal_dies_is_filed(site: Site) -> None:
    key = str(uuid.uuid4())
    body = {"description": "It hums.", "slots": days(30, 3)}
    site.listener.at(Failpoint.COMMAND_LOGGED, site.temporal.kill)
    kept = await site.house.ask("customer", "POST", "/tickets", body, **{"Idempotency-Key": key})
    assert kept.status_code == 202
    await site.temporal.start()
    await filed(site, key)


async def test_a_ticket_that_the_api_died_with_is_filed(site: Site) -> None:
    key = str(uuid.uuid4())
    body = {"description": "It hums.", "slots": days(30, 3)}
    site.listener.at(Failpoint.COMMAND_LOGGED, site.kill_api)
    with pytest.raises(httpx2.TransportError):
        await site.house.ask("customer", "POST", "/tickets", body, **{"Idempotency-Key": key})
    await site.restart_api()
    await filed(site, key)


async def filed(site: Site, key: str) -> None:
    """A ticket is there, though nobody was told."""
    identifier = ticket_id(SUBJECTS["customer"], key)

    async def recorded() -> bool:
        answer = await site.house.ask("helpdesk", "GET", f"/tickets/{identifier}")
        return answer.is_success and answer.json()["status"] == "MATCHING"

    await site.house.soon(recorded, "the ticket", BACK)


async def waiting(house: House) -> tuple[str, str]:
    """A ticket that waits for experts, and its visit."""
    ticket = await house.file()
    return ticket, (await house.until(ticket, "MATCHING"))["visits"][0]["id"]


def proposals_of(visit: str) -> str:
    return f"/visits/{visit}/proposals"


def offer() -> dict[str, Any]:
    return {"windows": days(30, 20)}
