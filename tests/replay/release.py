"""`python -m tests.replay.release 1.0.0`: what was recorded last is that release's for ever.

Run it when a release is tagged, and commit what it moved together with the tag. From then on
recording leaves these histories alone, every run replays them, and a test holds their hashes.
"""

import json
import sys
from collections.abc import Sequence

from tests.replay.archive import ARCHIVE, Archive, Shelf, hash_of, numbers


def release(archive: Archive, version: str) -> Shelf:
    """Move the unreleased histories to the shelf of a release, and register it.

    Raises:
        ValueError: there are none, one is not as it was recorded, or the version is not a new one.
    """
    _require_new(archive, version)
    unreleased = archive.unreleased
    if not unreleased.recorded():
        raise ValueError("nothing is unreleased: run `python -m tests.replay.record` first")
    if wrong := [*archive.differences(), *unreleased.differences()]:
        raise ValueError(f"{wrong[0]}: mend that first")
    shelf = Shelf(unreleased.folder.rename(archive.root / version))
    registered = {**archive.registered(), version: hash_of(shelf.manifest)}
    archive.register.write_text(json.dumps(registered, indent=1) + "\n", encoding="utf-8")
    return shelf


def _require_new(archive: Archive, version: str) -> None:
    """Raises ValueError where a version is none, or no later than the last."""
    try:
        new = numbers(version)
    except ValueError:
        raise ValueError(f"{version!r} is no version: name one such as 1.0.0") from None
    released = archive.released()
    if released and new <= numbers(released[-1].name):
        raise ValueError(f"{released[-1].name} is released already: name a later version")


def main(words: Sequence[str], archive: Archive = ARCHIVE) -> int:
    """Release what was recorded; the exit code."""
    if len(words) != 1:
        print("usage: python -m tests.replay.release 1.0.0", file=sys.stderr)
        return 2
    try:
        shelf = release(archive, words[0])
    except ValueError as refusal:
        print(f"not released: {refusal}", file=sys.stderr)
        return 1
    print(
        f"{len(shelf.recorded())} histories are those of {shelf.name}: commit {archive.root.name}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
