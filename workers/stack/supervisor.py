"""Starts programs, keeps each of them alive, ends them all in order."""

import asyncio
import signal
from pathlib import Path

from workers.stack.console import Console
from workers.stack.process import Process, Program, at_once, ending
from workers.stack.refusal import CannotStart

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
# Who lived this long has a clean record again.
LONG_LIFE = 30.0
# A relay waits four seconds for the calls under way, a worker five for its activities.
PARTING = 6.0


class Supervisor:
    """Every program it started is alive, or about to be; until `stop`, when none is."""

    def __init__(self, console: Console, logs: Path, *, parting: float = PARTING) -> None:
        self._console = console
        self._parting = parting
        self._logs = logs
        self._running: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._errands: set[Process] = set()

    async def start(self, program: Program, *, remark: str = "") -> None:
        """Return once the program serves; from then on keep it alive."""
        self._running[program.name] = await self._first_start(program)
        self._say(program, _serves(program) + (f" ({remark})" if remark else ""))
        keeper = asyncio.create_task(self._keep(program), name=f"keep {program.name}")
        self._keepers[program.name] = keeper

    async def run(self, program: Program, *, aloud: bool = False) -> int:
        """Run a program once, to its end; what it says goes to its log, or aloud to the person."""
        process = await Process.start(program, None if aloud else self._log(program))
        self._errands.add(process)
        try:
            return await process.wait()
        finally:
            await process.stop(self._parting)
            self._errands.discard(process)

    def pid(self, name: str) -> int:
        """The process that runs under this name now."""
        return self._running[name].pid

    def last_words(self, program: Program) -> str:
        """The end of what it said, and where the rest is."""
        log = self._log(program)
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        said = lines[-1][-300:] if lines else "it says nothing"
        return f"{said} (see {log})"

    async def stop(self, *order: tuple[str, ...]) -> None:
        """End one group after the other, the members of each at once; then whatever is left."""
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        self._keepers.clear()
        for group in (*order, tuple(self._running)):
            present = [name for name in group if name in self._running]
            await asyncio.gather(*(self._running[name].stop(self._parting) for name in present))
            for name in present:
                del self._running[name]

    def kill(self) -> None:
        """The impatient end: nobody is asked first. Nothing is lost, the next start is slower."""
        for process in (*self._running.values(), *self._errands):
            process.kill()

    async def _first_start(self, program: Program) -> Process:
        for attempt in range(1, ATTEMPTS + 1):
            process = await Process.start(program, self._log(program))
            try:
                if await process.until_ready():
                    return process
            except BaseException:
                await process.stop(self._parting)
                raise
            if process.is_alive:
                await process.stop(self._parting)
                break
            # Another's remains may still be about for a moment: shared memory, a socket.
            await asyncio.sleep(FIRST_PAUSE * attempt)
        raise CannotStart(f"{program.name} does not start: {self.last_words(program)}")

    async def _keep(self, program: Program) -> None:
        name, pause = program.name, FIRST_PAUSE
        clock = asyncio.get_running_loop().time
        while True:
            started = clock()
            code = await self._running[name].wait()
            if clock() - started > LONG_LIFE:
                pause = FIRST_PAUSE
            reason = f", saying: {self.last_words(program)}" if code > 0 else ""
            self._say(program, f"{ending(code)}{reason}; starting it again")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            await self._running[name].stop(0)
            try:
                process = self._running[name] = await Process.start(program, self._log(program))
            except OSError as error:
                self._say(program, f"cannot be started: {error}")
                continue
            if await process.until_ready():
                self._say(program, f"back: {_serves(program)}")
            elif process.is_alive:
                self._say(program, f"runs but does not serve; see {self._log(program)}")
                process.kill()

    def _say(self, program: Program, fact: str) -> None:
        self._console.say(program.name, fact)

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"


def _serves(program: Program) -> str:
    if program.ready is at_once:
        return "started"
    return f"ready on {program.where}" if program.where else "ready"


def install(stop: asyncio.Event, supervisor: Supervisor) -> None:
    """The first Ctrl-C asks for the end; the second insists."""

    def asked() -> None:
        if stop.is_set():
            supervisor.kill()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, asked)
