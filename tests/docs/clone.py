"""A clone in which somebody follows the pages: a stack with a home and ports of its own, and a
shell beside it."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.architecture.source import ROOT
from tests.ports import free_port
from tests.until import awaited
from workers.stack.ports import Ports

PRELUDE = """
# What is installed stays as it is.
make() { command make -o .venv/installed-runtime -o .venv/installed-development "$@"; }
# To find nothing is no failure.
grep() { command grep "$@" || [ $? -eq 1 ]; }
"""
NOT_CLONED = {".git", ".local", ".env"}


class Ran(NamedTuple):
    """What became of a command."""

    status: int
    output: str


class Clone:
    """The folder, and what is exported in every shell of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "clone", folder / "home"
        self.log = folder / "make-run.log"
        self.folder.mkdir()
        for path in ROOT.iterdir():
            if path.name not in NOT_CLONED:
                (self.folder / path.name).symlink_to(path.resolve())
        ports = {f"SYSOPS_{name.upper()}_PORT": str(free_port()) for name in vars(Ports())}
        self.environment = {**os.environ, **ports, "SYSOPS_HOME": str(self.home)}

    @contextmanager
    def running(self, start: str) -> Iterator[None]:
        """Whatever `start` starts, up, in a shell of its own; ended with Ctrl-C."""
        with self.log.open("wb") as log:
            stack = subprocess.Popen(
                ["/bin/bash", "-c", PRELUDE + start],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            awaited(lambda: self._is_up(stack), "the stack", seconds=120)
            yield
        finally:
            os.killpg(stack.pid, signal.SIGINT)
            stack.wait(60)

    def follow(self, lines: Sequence[str]) -> list[Ran]:
        """Type some lines into one shell, each whatever became of the one before."""
        notes = self.folder / "notes"
        notes.mkdir()
        script = [PRELUDE]
        for number, line in enumerate(lines):
            (notes / f"{number}.sh").write_text(f"{line}\n", encoding="utf-8")
            said = f"{notes}/{number}.out"
            script.append(f". {notes}/{number}.sh > {said} 2>&1; echo $? > {notes}/{number}.status")
        subprocess.run(
            ["/bin/bash", "-c", "\n".join(script)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            timeout=500,
            check=True,
        )
        return [self._ran(notes, number) for number in range(len(lines))]

    @property
    def said(self) -> str:
        """What the shell of the stack shows."""
        return self.log.read_text(encoding="utf-8")

    def _is_up(self, stack: "subprocess.Popen[bytes]") -> bool:
        assert stack.poll() is None, self.said
        return "up until Ctrl-C" in self.said

    @staticmethod
    def _ran(notes: Path, number: int) -> Ran:
        status = (notes / f"{number}.status").read_text(encoding="ascii")
        output = (notes / f"{number}.out").read_text(encoding="utf-8", errors="replace")
        return Ran(int(status), output)
