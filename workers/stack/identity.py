"""As whom Postgres runs: it refuses root, and nobody else should own what is its."""

import os
import pwd
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from zlib import crc32

from workers.stack.refusal import CannotStart

Method = Literal["self", "own", "reached", "reaching", "namespace"]
LAUNCH = Path(__file__).with_name("launch.py")
NOBODYS = range(60_578, 61_184)
"""Numbers of accounts that no system gives away by itself: systemd's table of user ids calls them
unused (systemd.io/UIDS-GIDS)."""


@dataclass(frozen=True)
class Identity:
    """A way to be somebody, whose the files are then, and which folders must be reached."""

    method: Method
    uid: int
    gid: int
    trees: tuple[Path, ...] = ()

    @property
    def is_confined(self) -> bool:
        """Whether it can read nothing that is closed to it."""
        return self.method in ("self", "own", "reached")

    def command(self, *program: str) -> list[str]:
        """The command that becomes `program` as this identity and dies with us."""
        # -I -S: nothing of the environment and no site packages, so it starts in 20 ms.
        return [
            *(sys.executable, "-I", "-S", str(LAUNCH), self.method),
            *(str(self.uid), str(self.gid), str(os.getpid()), *map(str, self.trees)),
            "--",
            *program,
        ]

    def with_a_name(self) -> "Identity":
        """The same, as `nobody` where the account has no name, which initdb insists on."""
        if self.method not in ("own", "reached"):
            return self
        nobody = pwd.getpwnam("nobody")
        return replace(self, uid=nobody.pw_uid, gid=nobody.pw_gid)

    def own(self, tree: Path) -> None:
        """Make everything below ours, if it is not: an earlier start may have been another's."""
        for path in (tree, *tree.rglob("*")):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != (self.uid, self.gid):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def myself() -> Identity:
    """Whoever started the stack."""
    return Identity("self", os.geteuid(), os.getegid())


def for_postgres(directory: Path, programs: Path) -> Identity:
    """Somebody Postgres accepts, who can run its `programs` (the folder over their `bin`) and write
    in `directory`."""
    if os.geteuid() != 0:
        return myself()
    return first_that_works(_others(directory, programs), directory, programs / "bin" / "postgres")


def first_that_works(identities: Iterable[Identity], directory: Path, postgres: Path) -> Identity:
    """The first of some identities that is not root, can run `postgres` and write in `directory`.

    Raises:
        CannotStart: none can.
    """
    for identity in identities:
        if _works(identity, directory, postgres):
            return identity
    raise CannotStart(
        "postgres refuses to run as root, and this machine lets root become nobody else "
        "(neither setuid nor user namespaces): run this as an ordinary user"
    )


def _others(directory: Path, programs: Path) -> Iterator[Identity]:
    own = _number_of_its_own(directory)
    trees = (directory, programs)
    nobody = pwd.getpwnam("nobody")
    yield Identity("own", own, own)
    yield Identity("reached", own, own, trees)
    yield Identity("reaching", nobody.pw_uid, nobody.pw_gid)
    yield replace(myself(), method="namespace")


def _number_of_its_own(directory: Path) -> int:
    """The number of an account that nobody has, the same for a folder at every start."""
    first: int = crc32(os.fsencode(directory)) % len(NOBODYS)
    candidates: list[int] = [*NOBODYS[first:], *NOBODYS[:first]]
    return next(number for number in candidates if not _is_given(number))


def _is_given(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True


def _works(identity: Identity, directory: Path, postgres: Path) -> bool:
    try:
        identity.own(directory)
    except OSError:
        return False
    test = 'test -w "$0" && test "$(id -u)" -ne 0 && exec "$1" --version'
    command = identity.command("/bin/sh", "-c", test, str(directory), str(postgres))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
