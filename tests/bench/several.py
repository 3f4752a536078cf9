"""Whether a second API and a second worker raise throughput: `python -m tests.bench.several`.

Servers of its own, each process of ours by itself. Accepting: tickets are filed as fast as answers
come, by many at once and with nobody at work, through one API and through two, in turn. Working:
what was filed is admitted by one worker and by two. On few cores both share them with Temporal and
Postgres, so the ratio says how much of a core was left: it is printed with how busy the machine was
before.
"""

import argparse
import asyncio
import os
import sys
import time
import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import psycopg

from temporal.queues import TICKETS
from tests.bench.script import FRIDGE
from tests.bench.servers import Servers, servers
from tests.ports import free_port
from tests.until import until
from workers.stack.ports import HOST
from workers.stack.process import answering

FOLDER = Path(".local/bench-several")
AT_ONCE = 32
PATIENCE = 600.0
WAITING = """select count(*) from tickets where status = 'MATCHING'"""


async def filed(made: Servers, urls: list[str], times: int) -> float:
    """Tickets accepted a second, by many customers' clients at once, dealt out evenly."""
    token, left = made.issuer.token("customer"), iter(range(times))

    async def client(number: int) -> None:
        async with httpx2.AsyncClient(base_url=urls[number % len(urls)], timeout=30) as http:
            for _ in left:
                body = {"description": "It hums.", "model_id": FRIDGE, "slots_later": True}
                headers = {
                    "Authorization": f"Bearer {token}",
                    "Idempotency-Key": str(uuid.uuid4()),
                }
                answer = await http.post("/v1/tickets", json={**body, "slots": []}, headers=headers)
                assert answer.status_code == 201, answer.text

    began = time.perf_counter()
    await asyncio.gather(*map(client, range(AT_ONCE)))
    return times / (time.perf_counter() - began)


async def start_api(made: Servers, name: str) -> str:
    """One more API; its address."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    program = made.program("ours", "api", name=name)
    own = {**program.environment, "API_PORT": str(port), "METRICS_PORT": "0"}
    await made.start(answering(replace(program, environment=own), f"{url}/healthz"))
    return url


async def start_worker(made: Servers, name: str) -> None:
    """One more worker."""
    program = made.program("ours", "workers", name=name)
    await made.start(replace(program, ready=partial(made.temporal.is_polled, TICKETS), pause=0.2))


async def worked(made: Servers, workers: list[str], waiting: int) -> float:
    """Tickets admitted a second, from when the workers are there."""

    def done() -> int:
        with psycopg.connect(made.database("ours")) as session:
            [count] = session.execute(WAITING).fetchone() or (0,)
        return int(count)

    before = done()
    await asyncio.gather(*(start_worker(made, name) for name in workers))
    began, already = time.perf_counter(), done()
    await until(lambda: done() >= before + waiting, "all to be admitted", PATIENCE)
    rate = (before + waiting - already) / (time.perf_counter() - began)
    await made.stop(*workers)
    return rate


async def bench(times: int, rounds: int) -> bool:
    """Both ratios; whether each is more than one."""
    busy, accepted, admitted = os.getloadavg()[0], [0.0, 0.0], [0.0, 0.0]
    async with servers(FOLDER) as made:
        apis = [await start_api(made, name) for name in ("api", "api-2")]
        await filed(made, apis, AT_ONCE)
        await worked(made, ["worker"], AT_ONCE)
        for turn in range(rounds):
            for several in (0, 1) if turn % 2 == 0 else (1, 0):
                accepted[several] += await filed(made, apis[: several + 1], times) / rounds
                workers = ["worker", "worker-2"][: several + 1]
                admitted[several] += await worked(made, workers, times) / rounds
        await made.stop("api", "api-2")
    print(f"\n{os.cpu_count()} cores, load {busy:.1f} before; {rounds} rounds of {times} tickets")
    for what, (one, two) in (("accepted", accepted), ("admitted", admitted)):
        print(f"    {what} a second: {one:7.1f} by one, {two:7.1f} by two: {two / one:.2f}")
    return accepted[1] > accepted[0] and admitted[1] > admitted[0]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.several")
    parser.add_argument("--quick", action="store_true", help="a rougher answer within a minute")
    quick = parser.parse_args().quick
    return 0 if asyncio.run(bench(200 if quick else 600, 1 if quick else 4)) else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
