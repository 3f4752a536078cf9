"""The local stack from its command line: a refusal is one line with a remedy."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from workers.stack.home import Home
from workers.stack.ports import Ports, outgoing
from workers.stack.refusal import CannotStart

pytestmark = pytest.mark.long


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_is_one_line_that_names_port_and_variable(
    taken_port: int, tmp_path: Path
) -> None:
    refused = run_stack(tmp_path, SYSOPS_TEMPORAL_PORT=str(taken_port))
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"cannot start: port {taken_port} is taken and temporal wants it: "
        "stop what listens there, or set SYSOPS_TEMPORAL_PORT to a free port"
    ]


def test_port_that_a_connection_to_itself_holds_is_told_as_such(tmp_path: Path) -> None:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port = asking.getsockname()[1]
        asking.connect(("127.0.0.1", port))
        refused = run_stack(tmp_path, SYSOPS_POSTGRES_PORT=str(port))
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert f"port {port} is taken and postgres wants it" in line
    assert "connected to itself" in line
    assert "set SYSOPS_POSTGRES_PORT to a port that no outgoing connection gets" in line


def test_no_default_port_is_one_that_outgoing_connections_get() -> None:
    assert Ports().remarks() == []
    first, _ = outgoing()
    [remark] = Ports(postgres=first + 1).remarks()
    assert f"port {first + 1} of postgres" in remark
    assert "SYSOPS_POSTGRES_PORT" in remark


def test_second_stack_in_one_home_is_one_line(tmp_path: Path) -> None:
    with Home(tmp_path):
        refused = run_stack(tmp_path)
    assert refused.returncode == 1
    [line] = refused.stderr.splitlines()
    assert f"already running here as process {os.getpid()}" in line


def test_before_the_first_start_the_environment_is_a_line_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    asked = run_stack(tmp_path / "new", command="env")
    assert (asked.returncode, asked.stdout) == (1, "")
    [line] = asked.stderr.splitlines()
    assert f"nothing was started in {tmp_path / 'new'} yet: start it there with `make run`" in line
    assert not (tmp_path / "new").exists()


def test_reset_drops_what_was_kept(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "data").touch()
    done = run_stack(tmp_path, command="reset")
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def run_stack(
    home: Path, command: str = "run", **variables: str
) -> subprocess.CompletedProcess[str]:
    free = {
        f"SYSOPS_{name}_PORT": str(free_port())
        for name in ("API", "POSTGRES", "TEMPORAL", "UI", "ISSUER", "DESK")
    }
    return subprocess.run(
        [sys.executable, "-m", "workers.local", command],
        env={**os.environ, **free, "SYSOPS_HOME": str(home), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("nonsense", ["abc", "0", "65536", "-1", "80 80"])
def test_nonsense_for_a_port_is_refused(nonsense: str) -> None:
    with pytest.raises(CannotStart, match="SYSOPS_UI_PORT is no port"):
        Ports.from_environment({"SYSOPS_UI_PORT": nonsense})


def test_one_port_for_two_is_refused() -> None:
    with pytest.raises(CannotStart, match="wanted twice"):
        Ports(api=(port := free_port()), issuer=port).ensure_free()
