"""What dies comes back, and what ends leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.until import until
from tests.workers.stack.standing import Heard, stand_in
from workers.stack.process import Program
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor


async def test_whatever_dies_is_started_again(supervisor: Supervisor, console: Heard) -> None:
    await supervisor.start(stand_in("import time; time.sleep(600)"))
    for _ in range(2):
        killed = supervisor.pid("stand-in")
        os.kill(killed, signal.SIGKILL)

        def is_back(killed: int = killed) -> bool:
            return supervisor.pid("stand-in") != killed

        await until(is_back, "the stand-in")
    assert console.lines.count("stand-in was killed by SIGKILL; starting it again") == 2


async def test_what_never_starts_is_told_with_its_last_words(supervisor: Supervisor) -> None:
    async def never(_pid: int) -> bool:
        return False

    broken = stand_in("raise SystemExit('no such table')")
    with pytest.raises(CannotStart, match=r"stand-in does not start: no such table \(see .*log\)"):
        await supervisor.start(Program(broken.name, broken.command, broken.environment, never))


async def test_stopping_leaves_nothing_behind_even_of_the_deaf(
    tmp_path: Path, console: Heard
) -> None:
    supervisor = Supervisor(console, tmp_path, parting=0.5)
    deaf = (
        "import signal, subprocess, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "time.sleep(600)"
    )
    await supervisor.start(stand_in(deaf))
    process = psutil.Process(supervisor.pid("stand-in"))
    await until(process.children, "its child")
    family = [process, *process.children(recursive=True)]
    await supervisor.stop()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []


def test_programs_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys, pathlib\n"
        "from workers.stack.console import Console\n"
        "from workers.stack.process import Program\n"
        "from workers.stack.supervisor import Supervisor\n"
        "async def main():\n"
        "    supervisor = Supervisor(Console(), pathlib.Path(sys.argv[1]))\n"
        "    sleep = (sys.executable, '-c', 'import time; time.sleep(600)')\n"
        "    await supervisor.start(Program('sleeper', sleep, dict(os.environ)))\n"
        "    print(supervisor.pid('sleeper'), flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        sleeper = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.stdout.close()
    assert psutil.wait_procs([sleeper], timeout=5)[1] == []
