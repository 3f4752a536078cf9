"""One socket for several: it is open before anybody accepts, and after anybody died."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.workers.stack.standing import Heard
from workers.stack.counts import Counts, names
from workers.stack.door import Door
from workers.stack.ports import HOST
from workers.stack.process import Process, Program
from workers.stack.refusal import CannotStart
from workers.stack.staff import METRICS, program
from workers.stack.supervisor import Supervisor

ACCEPTS = """
import contextlib, select, socket, sys
door = socket.socket(fileno=int(sys.argv[1]))
door.setblocking(False)
while True:
    select.select([door], [], [])
    with contextlib.suppress(BlockingIOError):
        met, _ = door.accept()
        met.sendall(sys.argv[2].encode())
        met.close()
"""
"""As a loop accepts: all that wait are woken. Of those that block in `accept` the kernel wakes one,
and that may be the frozen one."""


@pytest.fixture
def door() -> Door:
    return Door()


def accepting(name: str, number: int) -> Program:
    command = (sys.executable, "-c", ACCEPTS, str(number), name)
    return Program(name, command, {}, sockets=(number,))


def met(port: int) -> str:
    with socket.create_connection((HOST, port), timeout=10) as asking:
        return asking.recv(20).decode()


async def test_who_comes_before_anybody_is_there_waits_and_is_served(
    door: Door, tmp_path: Path
) -> None:
    number = door.at(port := free_port())
    with socket.create_connection((HOST, port), timeout=10) as early:
        process = await Process.start(accepting("one", number), tmp_path / "log")
        assert early.recv(20) == b"one"
    await process.stop(1)
    door.close()


async def test_two_accept_from_one_queue_and_what_a_frozen_one_does_not_take_is_the_others(
    door: Door, tmp_path: Path
) -> None:
    supervisor = Supervisor(Heard(), tmp_path)
    number = door.at(port := free_port())
    for name in ("one", "other"):
        await supervisor.start(accepting(name, number))
    assert {met(port) for _ in range(200)} <= {"one", "other"}
    os.kill(supervisor.pid("one"), signal.SIGSTOP)
    # One that it was about to accept may be its own still.
    assert [met(port) for _ in range(20)][1:] == ["other"] * 19
    os.kill(supervisor.pid("one"), signal.SIGKILL)
    assert met(port) in ("one", "other")
    await supervisor.stop()
    door.close()
    with pytest.raises(ConnectionRefusedError):
        met(port)


def test_each_has_a_name_and_metrics_of_its_own() -> None:
    assert names("api", 3) == ("api", "api-2", "api-3")
    assert names("relay", 1) == ("relay",)
    told = program("api-2", "api", environment={"RELAY_METRICS_PORT": "0"}, number=1).environment
    assert told["METRICS_PORT"] == str(METRICS["METRICS_PORT"] + 1)
    assert told["RELAY_METRICS_PORT"] == "0", "none is none"


def test_two_of_each_run_unless_somebody_says_otherwise() -> None:
    assert Counts.from_environment({}) == Counts(apis=2, workers=2, relays=2)
    assert Counts.from_environment({"SYSOPS_APIS": "1"}) == Counts(apis=1)


@pytest.mark.parametrize("nonsense", ["0", "9", "two", "-1"])
def test_nonsense_for_a_number_is_refused(nonsense: str) -> None:
    with pytest.raises(CannotStart, match=r"SYSOPS_WORKERS .* from 1 to 8"):
        Counts.from_environment({"SYSOPS_WORKERS": nonsense})
