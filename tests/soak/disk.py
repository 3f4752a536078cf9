"""A disk of a house's own, of which power may be cut and which may be full: a file, mounted. Root
may do that, on Linux."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 6 * 1024**3
"""Bytes; the file has holes where nothing was written."""
NEVER = "commit=600"
"""Seconds between two writes of what nobody waited for: what was not asked to be safe is gone."""


def why_not() -> str:
    """Why there can be no such disk here; nothing if there can."""
    if os.geteuid() != 0:
        return "a disk of a test's own takes root"
    if missing := [tool for tool in ("mount", "umount", "mkfs.ext4") if not shutil.which(tool)]:
        return f"not on the PATH: {', '.join(missing)}"
    if not Path("/dev/loop-control").exists():
        return "the kernel has no loop devices"
    return ""


class Disk:
    """One that is mounted at `folder`."""

    def __init__(self, folder: Path, images: Path) -> None:
        self.folder, self._images = folder, images
        self._image = images / "0.img"
        self._cuts = 0

    def make(self) -> None:
        """Make it, empty; one of a run that was killed is done away with."""
        while self.folder.is_mount():
            _run("umount", "--lazy", str(self.folder))
        self._images.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as file:
            file.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=1", str(self._image))
        self._mount()

    def settle(self) -> None:
        """Have all that is there on the disk: nobody cuts the power of a house that moves in."""
        _run("sync", "--file-system", str(self.folder))

    def cut(self) -> None:
        """Keep what the disk has, and nothing of what was only in memory. Everybody who writes has
        to be frozen."""
        self._cuts += 1
        copy = self._images / f"{self._cuts}.img"
        _run("cp", "--sparse=always", str(self._image), str(copy))
        self._old, self._image = self._image, copy

    def come_back(self) -> None:
        """Put what is left in the place of what was. Everybody who wrote has to be dead."""
        _run("umount", "--lazy", str(self.folder))
        self._old.unlink()
        self._mount()

    def fill(self) -> None:
        """Leave no byte free."""
        block = 64 * 1024 * 1024
        with self._filler.open("wb") as file:
            while block >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), block)
                except OSError:
                    block //= 2

    def make_room(self) -> None:
        """Give all of it back."""
        self._filler.unlink(missing_ok=True)

    def unmake(self) -> None:
        """Do away with it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            _run("umount", "--lazy", str(self.folder))
        shutil.rmtree(self._images, ignore_errors=True)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def _mount(self) -> None:
        _run("mount", "-o", f"loop,{NEVER}", str(self._image), str(self.folder))
        self.folder.chmod(0o755)


@contextmanager
def disk(folder: Path, images: Path) -> Iterator[Disk]:
    """A disk at `folder` whose image is kept in `images`, gone afterwards."""
    made = Disk(folder, images)
    made.make()
    try:
        yield made
    finally:
        made.unmake()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
