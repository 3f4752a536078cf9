"""A run: a house of two each, people, faults in phases, and the verdict."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from temporalio.client import Client

from temporal.client import connect
from tests.activities.gateways.twilio_server import TwilioServer
from tests.chaos.failpoints import Listener
from tests.chaos.post import OUR_NUMBER
from tests.chaos.rows import ticket_of
from tests.soak.checker import Verdict, judge
from tests.soak.clients import Load
from tests.soak.disk import Disk, disk
from tests.soak.ending import LASTS, last_look
from tests.soak.evidence import kept, quarantine, silent
from tests.soak.faults import Faults
from tests.soak.history import SoakHistory, kept_ops
from tests.soak.house import Elsewhere, SoakHouse, soak_house
from tests.soak.musts import Must, musts
from tests.soak.phases import Waited, left_behind, liveness, swizzle, until_none
from tests.soak.points import LEAST, Points
from tests.soak.watching import EVERY, OFTEN, Watching
from tests.soak.weather import Fault, Weather, schedule, with_the_machine

SAFETY, FAILPOINTS, SWIZZLE, LIVENESS = "safety", "failpoints", "swizzle", "liveness"
PHASES = (SAFETY, FAILPOINTS, SWIZZLE, LIVENESS)
LAST_WORDS = 45.0
"""Seconds that whoever knows nothing yet goes on asking after the last phase."""
DRAINED_WITHIN = 1800.0
"""Seconds until everything that was accepted has been taken up; a busy machine has much to do."""
FORGOTTEN_WITHIN = 20.0
"""The same in a house that forgets: nobody waits for what will not come."""
SAMPLE = 500
"""Workflows that are asked whether they are there, beside all being listed."""


@dataclass(frozen=True)
class Order:
    """What a run is to be: `rate` tickets a second for the minutes of the safety phase."""

    seed: int
    minutes: float
    rate: float
    folder: Path
    faults: int
    weather: Weather = field(default_factory=Weather)
    short: bool = False
    phases: tuple[str, ...] = PHASES
    rounds: int = 50
    least: int = LEAST
    machine: int = 0
    elsewhere: Elsewhere | None = None
    command: str | None = None
    durable: bool = True

    def weathers(self) -> list[Fault]:
        """The faults of the safety phase, if there is one."""
        if SAFETY not in self.phases:
            return []
        drawn = schedule(self.seed, self.faults, self.weather, short=self.short)
        return with_the_machine(drawn, self.seed, self.machine) if self.machine else drawn


@dataclass
class Outcome:
    """What a run was."""

    history: SoakHistory
    verdict: Verdict
    faults: Counter[tuple[str, str]]
    skipped: Counter[str]
    musts: list[Must]
    points: Counter[str]
    too_rare: dict[str, int]
    silent: dict[str, str]
    broken: dict[str, dict[str, str]]
    drained: Waited
    phases: list[tuple[str, float]]
    swizzled: Waited | None = None
    lively: Waited | None = None


async def run(order: Order) -> Outcome:
    """All phases on one house, then the verdict."""
    order.folder.mkdir(parents=True, exist_ok=True)
    history = SoakHistory(order.folder / "history.jsonl")
    history.note("run", seed=order.seed, minutes=order.minutes, rate=order.rate)
    with TwilioServer() as texts, TemporaryDirectory(prefix="soak-") as short:
        # A socket's path may have a hundred characters.
        extra = {"FAILPOINTS": str(Path(short) / "failpoints"), **carrier(texts)}
        with _kept_on(order) as (folder, drive):
            vendor = urlsplit(texts.base_url)
            async with soak_house(
                folder,
                history,
                extra,
                vendor=(vendor.hostname, vendor.port),
                elsewhere=order.elsewhere,
                durable=order.durable,
            ) as house:
                if drive is not None:
                    await asyncio.to_thread(drive.settle)
                outcome = await _played(order, house, history, drive, extra["FAILPOINTS"])
    history.note("verdict", line=outcome.verdict.line(), **outcome.verdict.findings)
    history.close()
    return outcome


def carrier(texts: TwilioServer) -> dict[str, str]:
    """What a relay is told about who carries texts, but for where: that is a cable's end."""
    return {
        "SMS_GATEWAY": "twilio",
        "TWILIO_ACCOUNT_SID": texts.account_sid,
        "TWILIO_AUTH_TOKEN": texts.auth_token,
        "TWILIO_SENDER": OUR_NUMBER,
    }


@contextlib.contextmanager
def _kept_on(order: Order) -> Iterator[tuple[Path, Disk | None]]:
    """Where the house is kept: on a disk of its own, if it is to be full or lose its power."""
    if not order.machine:
        yield order.folder / "house", None
        return
    with disk(order.folder / "disk", order.folder / "images") as drive:
        yield drive.folder / "house", drive


async def _played(
    order: Order, house: SoakHouse, history: SoakHistory, drive: Disk | None, socket: str
) -> Outcome:
    quarantine(house.postgres.url)
    load = Load(house.api_urls, house.issuer, history, order.seed)
    faults = Faults(house, history, drive, order.command)
    client = await connect(house.temporal_address, house.namespace)
    watching = Watching(house, history, load, client, OFTEN if order.short else EVERY)
    swizzled = lively = None
    begun: list[tuple[str, float]] = []
    async with _listening(house, Path(socket)) as listener, watching.kept():
        points = Points(house, listener, history, order.least)
        for phase in PHASES:
            if phase not in order.phases:
                continue
            history.note("phase", name=phase)
            begun.append((phase, history.now()))
            print(f"{history.now():7.1f} s  {phase}", flush=True)
            match phase:
                case "safety":
                    async with _people(load, order.rate):
                        await _weathered(order, faults, history)
                case "failpoints":
                    async with _people(load, order.rate / 2):
                        await points.play()
                case "swizzle":
                    async with _people(load, order.rate / 4):
                        drawn = Random(f"{order.seed}/swizzle")
                        swizzled = await swizzle(house, history, load, order.rounds, drawn)
                case _:
                    lively = await liveness(house, history, load, 20.0)
    history.note("phase", name="verdict")
    begun.append(("verdict", history.now()))
    await house.up("api", "worker", patience=60.0)
    await load.leave(LAST_WORDS)
    for name in ("api-2", "worker-2"):
        house.go_on(name)
    patience = DRAINED_WITHIN if order.durable else FORGOTTEN_WITHIN
    drained = await until_none(lambda: left_behind(house, load.promised), patience)
    history.note("drained", seconds=drained.seconds, left=drained.left)
    verdict, mute = await _judged(order, house, client, history)
    broken: dict[str, dict[str, str]] = {}
    if order.durable:
        broken = await watching.look(LASTS)
        broken |= await last_look(house, client, SAMPLE, order.seed)
    await load.close()
    return Outcome(
        history,
        verdict,
        faults.done,
        faults.skipped,
        musts(house, history, faults, order, watching),
        points.kills,
        points.too_rare if FAILPOINTS in order.phases else {},
        mute,
        {**watching.broken, **broken},
        drained,
        begun,
        swizzled,
        lively,
    )


async def _weathered(order: Order, faults: Faults, history: SoakHistory) -> None:
    """All faults, and at least as long as was ordered."""
    until = history.now() + 60.0 * order.minutes
    await faults.befall(order.weathers())
    await asyncio.sleep(max(0.0, until - history.now()))


async def _judged(
    order: Order, house: SoakHouse, client: Client, history: SoakHistory
) -> tuple[Verdict, dict[str, str]]:
    """The set checker's verdict by what the file of the history says, and who is mute."""
    there = await kept(client, house.postgres.url)
    verdict = judge(kept_ops(history.path), there)
    tickets = [run.ticket_id for run in there.runs if run.goes_on]
    return verdict, await silent(client, tickets, SAMPLE, Random(f"{order.seed}/sample"))


@asynccontextmanager
async def _people(load: Load, rate: float) -> AsyncIterator[None]:
    until = asyncio.Event()
    keeping = asyncio.create_task(load.keep(rate, until))
    try:
        yield
    finally:
        until.set()
        await keeping


@asynccontextmanager
async def _listening(house: SoakHouse, socket: Path) -> AsyncIterator[Listener]:
    async def of(subject: str) -> str | None:
        return await ticket_of(house.postgres.url, subject)

    listener = Listener(socket, house.kill, of, house.named)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()
