"""The checks after the last fault: looked at again and again until they hold, or time is up."""

import asyncio
import time
from collections.abc import Iterable

import psycopg
from temporalio.client import Client

from models.db.engine import Database
from temporal.client import connect
from tests.chaos.checks import CHECKS
from tests.chaos.clients import Clients
from tests.chaos.evidence import Evidence, Told, bills, everybody_asking, everybody_told, told_by
from tests.chaos.history import History
from tests.chaos.post import Post
from tests.chaos.probe import late_commands, missing_files
from tests.chaos.rows import Rows, read_at, under_way
from tests.chaos.stand import Stand
from tests.chaos.telling import letters_again
from workers.stack.temporal_server import NAMESPACE
from workers.tools import invariants
from workers.tools.invariants import Findings, Premises

WITHIN = 60.0
"""Seconds from the last fault to the moment when all must be well."""
PAUSE = 1.0
STILL = 3
"""Looks, a pause apart, at which nothing has moved."""
EVERY_HISTORY = 1_000_000
MOST_NAMED = 5

Verdicts = dict[str, tuple[str, Findings]]
"""What each check is about, and what it found."""


class Court:
    """Looks at a house from outside, and says what is wrong with it."""

    def __init__(self, client: Client, url: str, post: Post, history: History) -> None:
        self._client, self._url, self._post, self._history = client, url, post, history
        self._told: dict[str, Told] = {}
        self._late: Findings = {}
        self._lost: Findings = {}
        self.letters_again = 0

    async def look(self, again: Iterable[str] | None = None) -> Evidence:
        """All the evidence. With `again`, only those tickets are asked anew, and new ones."""
        rows: Rows = await asyncio.to_thread(read_at, self._url)
        if again is None:
            self._told = await everybody_told(self._client, (t["id"] for t in rows.tickets))
        for ticket_id in again or ():
            if ticket_id in self._told:
                self._told[ticket_id] = await told_by(self._client, ticket_id)
        return Evidence(
            rows=rows,
            told=self._told,
            asking=await everybody_asking(self._client),
            bills=await bills(self._client),
            sent=self._post.counted(),
            history=self._history,
            late=self._late,
            lost=self._lost,
        )

    async def calm(self, until: float, *, leased: bool) -> None:
        """Wait until nothing moves any more: no row that changes, no message on its way. Those that
        a dead relay has leased for a minute, and what waits behind them, are waited for only if
        `leased`."""
        seen: list[tuple[int, int]] = []
        while time.monotonic() < until:
            try:
                seen.append(await asyncio.to_thread(_pulse, self._url))
            except psycopg.OperationalError:
                seen.clear()
            still = len(seen) >= STILL and len(set(seen[-STILL:])) == 1
            if still and not (leased and seen[-1][0]):
                return
            await asyncio.sleep(PAUSE)

    async def probe(self, clients: Clients, until: float) -> None:
        """Have every live ticket take a command; those that do not are asked until time is up. And
        fetch every file that was brought."""
        rows = await asyncio.to_thread(read_at, self._url)
        self._late = await late_commands(clients, rows)
        self._lost = await missing_files(clients, self._history)
        self._history.note("late", found=self._late, lost=self._lost)
        while self._late and time.monotonic() < until:
            await asyncio.sleep(PAUSE)
            self._late = await late_commands(clients, rows, set(self._late))

    async def judged(self, until: float) -> Verdicts:
        """What each check finds, and finds still when time is up. To look at a thousand tickets
        takes longer than things may take to be well, so suspects are looked at again anyway."""
        seen = await self.look()
        self.letters_again = letters_again(seen)
        found = {name: check(seen) for name, (_, check) in CHECKS.items()}
        self._history.note("looked", found={n: list(f.items())[:3] for n, f in found.items() if f})
        again = 0
        while any(found.values()) and (time.monotonic() < until or again < STILL):
            again += 1
            await asyncio.sleep(PAUSE)
            seen = await self.look(again=suspects(seen, found))
            found = {name: _still(check(seen), found[name]) for name, (_, check) in CHECKS.items()}
        return {name: (about, found[name]) for name, (about, _) in CHECKS.items()}


def suspects(seen: Evidence, found: dict[str, Findings]) -> set[str]:
    """The tickets that findings are about."""
    names = {name for findings in found.values() for name in findings}
    rows = seen.rows
    everything = (
        *(rows.visits + rows.groups + rows.proposals + rows.assignments + rows.escalations),
        *(rows.events + rows.notifications + rows.invoices + rows.relieved + rows.earnings),
    )
    return {t for t in names if t in seen.told} | {
        r["ticket_id"] for r in everything if r["id"] in names
    }


async def verdicts(
    stand: Stand, post: Post, clients: Clients, history: History, *, patient: bool
) -> Verdicts:
    """Everything that is checked after the last fault, of a house that runs. If `patient`, also
    what a message becomes that a relay died over."""
    began = time.monotonic()
    until = began + WITHIN
    history.note("quiet")
    await stand.up(patience=WITHIN)
    client = await connect(stand.temporal.address, NAMESPACE)
    court = Court(client, stand.postgres.url, post, history)
    await court.calm(until, leased=False)
    history.note("calm")
    await court.probe(clients, until)
    history.note("probed")
    await court.calm(until, leased=patient)
    found = await court.judged(until)
    history.note("judged", letters_again=court.letters_again)
    print(f"{court.letters_again} letters came again under their Message-ID", flush=True)
    print(f"looked for {time.monotonic() - began:.1f} s after the last word", flush=True)
    return found | await _invariants(client, stand.postgres.url)


async def _invariants(client: Client, url: str) -> Verdicts:
    database = Database(url, pool_size=4)
    premises = Premises(client, database, EVERY_HISTORY)
    found: Verdicts = {}
    for name, (about, look) in invariants.CHECKS.items():
        patience = 0 if name == "I11" else 2 * PAUSE
        found[name] = about, await invariants.lasting(look, premises, patience)
    database.close()
    return found


def line(name: str, about: str, found: Findings) -> str:
    """One line a check."""
    if not found:
        return f"OK      {name:<10}{about}"
    named = "; ".join(f"{key} ({why})" for key, why in sorted(found.items())[:MOST_NAMED])
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"BROKEN  {name:<10}{about}: {len(found)}: {named}{more}"


def _pulse(url: str) -> tuple[int, int]:
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as session:
        row = session.execute("select coalesce(sum(seq), 0) from tickets").fetchone()
    return under_way(url), int(row[0]) if row else 0


def _still(now: Findings, before: Findings) -> Findings:
    return {name: why for name, why in now.items() if name in before}
