"""Where the local stack keeps what it keeps, and that only one of them runs there at a time."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from workers.stack.refusal import CannotStart


class Home:
    """The folder `.local`; entered, it is ours alone until we leave."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Home":
        """`SYSOPS_HOME`, or `.local` where we are."""
        return cls(Path(environment.get("SYSOPS_HOME") or ".local"))

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise not_ours(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise CannotStart(
                f"already running here as process {holder}: stop that one with Ctrl-C, "
                "or give a second one its own SYSOPS_HOME and ports"
            ) from None
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def logs(self) -> Path:
        """One file a program."""
        return self.folder("logs")

    @property
    def was_lived_in(self) -> bool:
        """Whether a stack was ever started here, so far that its database was made."""
        return (self.path / "postgres" / "data").exists()

    def folder(self, name: str) -> Path:
        """A folder in here, made if need be; for its owner only."""
        path = self.path / name
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise not_ours(error) from error
        return path

    def secret(self, name: str) -> str:
        """A secret made up once and kept from then on."""
        return kept_secret(self.folder("secrets") / name)

    def empty(self) -> None:
        """Drop all that is kept, the lock excepted: it is ours at this moment."""
        for path in self.path.iterdir():
            if path.name == "lock":
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def not_ours(error: OSError) -> CannotStart:
    """What to tell a person whose earlier start was somebody else's."""
    return CannotStart(
        f"cannot use {error.filename} ({error.strerror}): it may belong to another user; "
        "run this as that user, or set SYSOPS_HOME to another folder"
    )


def kept_secret(path: Path) -> str:
    """What the file says; made up and written, readable by its owner only, if there is none."""
    write_once(path, secrets.token_urlsafe(32).encode())
    return path.read_text(encoding="ascii").strip()


def write_once(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, and never over another: the first of two writers wins."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
