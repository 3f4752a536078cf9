"""Where recorded histories are kept: a folder a release, and `unreleased` for those of today.

Those of a release are only added: workers of that release wrote such histories, and tickets that
they opened go on under every later one. A manifest holds its histories by their hashes, and
`releases.json` holds each release's manifest by its own.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNRELEASED = "unreleased"
RECORD_ANEW = (
    "if the change is meant and no release holds such histories, run `python -m "
    "tests.replay.record` and commit tests/replay/histories/unreleased with the reason"
)
NEVER_CHANGED = (
    "the histories of a release are never changed: bring them back with `git checkout <the "
    "release's tag> -- tests/replay/histories/<release>`"
)

Manifest = dict[str, dict[str, Any]]
"""What was recorded of each history, by its name."""


@dataclass(frozen=True)
class Shelf:
    """The histories of one release, or those of none yet."""

    folder: Path

    @property
    def name(self) -> str:
        """The release."""
        return self.folder.name

    @property
    def manifest(self) -> Path:
        """The file that lists its histories."""
        return self.folder / "manifest.json"

    @property
    def remedy(self) -> str:
        """What to do where something is not as it was recorded."""
        return RECORD_ANEW if self.name == UNRELEASED else NEVER_CHANGED

    def recorded(self) -> Manifest:
        """What the manifest lists; nothing where there is none."""
        if not self.manifest.exists():
            return {}
        manifest: Manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        return manifest

    def history(self, name: str) -> Path:
        """The file of a history."""
        return self.folder / f"{name}.json"

    def differences(self) -> list[str]:
        """Histories that are not as they were recorded, or that nobody recorded."""
        recorded = self.recorded()
        there = {path.stem for path in self.folder.glob("*.json") if path != self.manifest}
        return [
            *(f"{self.name}/{name} is not in the manifest" for name in sorted(there - {*recorded})),
            *(f"{self.name}/{name} is gone" for name in sorted({*recorded} - there)),
            *(
                f"{self.name}/{name} was changed"
                for name in sorted(there & {*recorded})
                if hash_of(self.history(name)) != recorded[name]["sha256"]
            ),
        ]


@dataclass(frozen=True)
class Archive:
    """All shelves below a folder."""

    root: Path

    @property
    def unreleased(self) -> Shelf:
        """What is recorded anew as long as it is not released."""
        return Shelf(self.root / UNRELEASED)

    @property
    def register(self) -> Path:
        """The file that lists the releases."""
        return self.root / "releases.json"

    def registered(self) -> dict[str, str]:
        """The hash of each release's manifest."""
        if not self.register.exists():
            return {}
        registered: dict[str, str] = json.loads(self.register.read_text(encoding="utf-8"))
        return registered

    def released(self) -> list[Shelf]:
        """The shelves of the releases, the oldest first."""
        folders = [p for p in self.root.iterdir() if p.is_dir() and p.name != UNRELEASED]
        return [Shelf(folder) for folder in sorted(folders, key=lambda p: numbers(p.name))]

    def shelves(self) -> list[Shelf]:
        """Every shelf, the oldest first."""
        return [*self.released(), self.unreleased]

    def histories(self) -> Iterator[tuple[Shelf, str]]:
        """Every history, by its shelf and its name."""
        for shelf in self.shelves():
            for name in shelf.recorded():
                yield shelf, name

    def newest(self, name: str) -> Path:
        """The file of the history of that name which was recorded last.

        Raises:
            KeyError: there is none.
        """
        for shelf in reversed(self.shelves()):
            if name in shelf.recorded():
                return shelf.history(name)
        raise KeyError(f"no history {name}: run `python -m tests.replay.record`")

    def differences(self) -> list[str]:
        """What was added to, changed in or taken from what is released."""
        registered = self.registered()
        shelves = {shelf.name: shelf for shelf in self.released()}
        found = [f"{name} is gone" for name in registered if name not in shelves]
        found += [f"{name} is not in {self.register.name}" for name in shelves.keys() - registered]
        for name in shelves.keys() & registered:
            if hash_of(shelves[name].manifest) != registered[name]:
                found.append(f"the manifest of {name} was changed")
            found += shelves[name].differences()
        return sorted(found)


def hash_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; of one that is not there, nothing."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""


def numbers(version: str) -> tuple[int, ...]:
    """A version in the order of versions: 1.10.0 comes after 1.9.0.

    Raises:
        ValueError: it is none.
    """
    found = tuple(int(part) for part in version.split("."))
    if len(found) != 3 or ".".join(map(str, found)) != version or min(found) < 0:
        raise ValueError(f"no version: {version}")
    return found


ARCHIVE = Archive(Path(__file__).parent / "histories")
