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
    "0005_places.py": "628179d7bd13966641a9429b943d006624daad3e3526d9d793ff7ad85a66e765",
    "0006_rights.py": "62378ff56f5bdfccf1f71211081d77f0f59ef753a9bbe09b1cf00ea07d538361",
    "0007_field.py": "12adc28d7e3500b0c7885b62f2eebbd4cc2dc823a08062323c1c24d6972af4a8",
    "0008_what_is_not_told.py": "233549635aa65d0d434ae2c269d0afb8bcc2ef817aeb7d23f7f6786e5e5307d5",
    "0009_callers.py": "4b838c1514530936ae8fd3c065ce3d98d3ab7b797d0cdea02808d23f984c7a70",
    "0010_held.py": "07bd432ef1b9359281a4db8b49abbddfce84bf6c0871f053f1dae22ccd00590f",
    "0011_flags.py": "66234c68efff0a654d3263a4f19c11d45d6ddccb49f435f4be0e62779fc17e42",
    "0012_files.py": "ba8affb1daffd03b281720e88e9eda87a29897820b69869a0cdc2619f53493c4",
    "0013_routes.py": "42e58fc55aa1c7cdbeaa2906b6c1cd9541064e756505dff953897b2e24fef9c0",
    "0014_preferences.py": "1ae19b6a0b7062fdba265d7abfb8f4e8e3f2963037f5279c9c0fbc6376f323b9",
    "0015_relieved.py": "318811826360d73d2f0de55112b80d1c9bde37a1cadfcfe68d46afce1db78f1e",
    "0016_follow_up.py": "e9e7018270bd731b6af72c39fa0043d9237fa94d2bf3e5aa8d8585b263b1b6bb",
    "0017_start_codes.py": "3f5a043af07a6f52f2e3f7973bb12b03a464819deb9d13f5e150052ae40adcc6",
    "0018_intake.py": "e0e41a55bc43ff6402de7741c643c0e7e65f1ea803e40461cb91ab38705c219e",
    "0019_toolboxes.py": "7b1d80fdc89f421f6766b26d65bdb4811459e0041eb4ed6afa59f95ee987ef38",
    "0020_refused.py": "037f84476ad11aaa6c6c574decbdd95503f34ab4e07bd651911fdb2ec0dba57e",
    "0022_policies.py": "397902154f5300bf73090b7ece6adc812683278e7de8e7954c2eff5e494a96fc",
    "0023_travel.py": "6cb2bbd477630ea5e7e91f501a7cfcd4ae62954b43c3ac2e7382d267b4ea8ad8",
    "0024_accepted.py": "7793d589f1708ba8fe9036730ba2023eb7ab1f17cb1680dd1629c7b446fabbfd",
    "0025_status.py": "c6c641d2e20ab988c058a16ceff4a93431073f10082b769a630fe4fb6fcdebbc",
    "0026_contacts.py": "af3af40812014b993679f0ed8a57be5d4663f4c1603d3f48ccc00e2734354eb7",
    "0030_quarantine.py": "cd34d10486de65a4eceb95e7f207b80f9eecd6eaf57276eeff9a5e9a41148d41",
    "0031_as_of.py": "03f98bc57d1f4d5cd1b305ca549c2695cf2bce0c0f80e949c1ceb9f5d56d5365",
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
