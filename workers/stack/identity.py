"""As whom Postgres runs: it refuses root."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workers.stack.refusal import CannotStart

Method = Literal["self", "nobody", "namespace"]
LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Identity:
    """A way to be somebody, and whose the files are then."""

    method: Method
    uid: int
    gid: int

    def command(self, *program: str) -> list[str]:
        """The command that becomes `program` as this identity and dies with us."""
        # -I -S: nothing of the environment and no site packages, so it starts in 20 ms.
        return [
            sys.executable,
            "-I",
            "-S",
            str(LAUNCH),
            self.method,
            str(os.getpid()),
            "--",
            *program,
        ]

    def own(self, tree: Path) -> None:
        """Make everything below ours, if it is not: an earlier start may have been another's."""
        for path in (tree, *tree.rglob("*")):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != (self.uid, self.gid):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def myself() -> Identity:
    """Whoever started the stack."""
    return Identity("self", os.geteuid(), os.getegid())


def for_postgres(directory: Path, initdb: Path) -> Identity:
    """Somebody Postgres accepts, who can run `initdb` and write in `directory`."""
    if os.geteuid() != 0:
        return myself()
    nobody = pwd.getpwnam("nobody")
    others = (
        Identity("nobody", nobody.pw_uid, nobody.pw_gid),
        Identity("namespace", os.geteuid(), os.getegid()),
    )
    return first_that_works(others, directory, initdb)


def first_that_works(identities: Iterable[Identity], directory: Path, initdb: Path) -> Identity:
    """The first of some identities that can run `initdb` and write in `directory`.

    Raises:
        CannotStart: none can.
    """
    for identity in identities:
        if _works(identity, directory, initdb):
            return identity
    raise CannotStart(
        "postgres refuses to run as root, and this machine lets root become nobody else "
        "(neither setuid nor user namespaces): run this as an ordinary user"
    )


def _works(identity: Identity, directory: Path, initdb: Path) -> bool:
    try:
        identity.own(directory)
    except OSError:
        return False
    # With --show it makes nothing, but looks for its sister programs and refuses root.
    test = 'test -w "$0" && exec "$1" --show --pgdata "$0"'
    command = identity.command("/bin/sh", "-c", test, str(directory), str(initdb))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
