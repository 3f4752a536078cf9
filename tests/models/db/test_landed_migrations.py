"""A migration that landed has run on somebody's database: it stays as it was, byte for byte."""

from hashlib import sha256
from pathlib import Path

from alembic.script import ScriptDirectory

from models.db import migrate

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"
LANDED = {
    "0001_spine.py": "f11f521d0a58ed018ffd00f59060f05c34c9a858db88c2c2979881fcefa890b8",
    "0002_marks.py": "ebe0beb948779939e2dcc4f83d8b7f49f7cd75070cc5a8e8a6f259ffba880aeb",
    "0003_what_waits.py": "19db5e705df53d5f044c8bccfc7fd987a88675daefebcf1772b1fef9f7518067",
    "0004_subjects.py": "349e497daf778e3ae8586b24ea0037f8ead6b11bae9e342ebc54b758a3d943ff",
}
"""Only added to: a new revision is held from the day it lands."""


def found() -> dict[str, str]:
    """The revisions there are, with the hash of each."""
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in sorted(VERSIONS.glob("*.py"))}


def test_a_migration_that_landed_is_never_changed_and_never_taken_away() -> None:
    now = found()
    changed = [name for name, landed in LANDED.items() if now.get(name) != landed]
    assert changed == [], (
        f"{', '.join(changed)}: databases have run it as it was. Put it back with "
        "`git checkout`, and add a revision instead."
    )


def test_every_migration_is_held() -> None:
    new = [f'"{name}": "{seen}",' for name, seen in found().items() if name not in LANDED]
    assert new == [], "A new revision is held as it lands: add to LANDED\n" + "\n".join(new)


def test_one_revision_follows_the_other() -> None:
    script = ScriptDirectory(str(VERSIONS.parent))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == sorted((name[:4] for name in found()), reverse=True)
    assert len(script.get_heads()) == 1
