"""What a release keeps is kept: recording, changing and losing it are refused or noticed."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.replay.archive import Archive
from tests.replay.release import main, release


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive in which two lives were recorded and nothing was released."""
    archive = Archive(tmp_path)
    recorded(archive, whole_life="one", reopened="two")
    return archive


def recorded(archive: Archive, **histories: str) -> None:
    """Record some texts as histories, as the recorder does."""
    folder = archive.unreleased.folder
    folder.mkdir()
    manifest = {}
    for name, text in histories.items():
        archive.unreleased.history(name).write_text(text)
        manifest[name] = {"sha256": hashlib.sha256(text.encode()).hexdigest()}
    archive.unreleased.manifest.write_text(json.dumps(manifest))


def test_a_release_takes_what_was_recorded_and_leaves_room_for_the_next(archive: Archive) -> None:
    shelf = release(archive, "1.0.0")
    assert shelf.history("whole_life").read_text() == "one"
    assert not archive.unreleased.folder.exists()
    recorded(archive, whole_life="three")
    assert [s.name for s in archive.shelves()] == ["1.0.0", "unreleased"]
    assert archive.newest("whole_life").read_text() == "three"
    assert archive.newest("reopened").read_text() == "two"
    assert archive.differences() == archive.unreleased.differences() == []


def test_releases_follow_each_other_in_the_order_of_their_numbers(archive: Archive) -> None:
    release(archive, "1.9.0")
    recorded(archive, whole_life="three")
    release(archive, "1.10.0")
    assert [shelf.name for shelf in archive.released()] == ["1.9.0", "1.10.0"]
    assert list(archive.registered()) == ["1.9.0", "1.10.0"]
    assert archive.newest("whole_life").read_text() == "three"


@pytest.mark.parametrize("word", ["1.0", "v1.0.0", "1.0.0-rc1", "../1.0.0", "01.0.0", ""])
def test_what_is_no_version_is_not_released(
    archive: Archive, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word], archive) == 1
    assert "name one such as 1.0.0" in capsys.readouterr().err
    assert archive.released() == []


def test_nothing_is_released_twice_or_over_another(archive: Archive) -> None:
    release(archive, "1.1.0")
    with pytest.raises(ValueError, match=r"run `python -m tests.replay.record` first"):
        release(archive, "1.2.0")
    recorded(archive, whole_life="three")
    for taken in ("1.1.0", "1.0.9"):
        with pytest.raises(ValueError, match=r"1\.1\.0 is released already"):
            release(archive, taken)


def test_what_is_not_as_it_was_recorded_is_not_released(archive: Archive) -> None:
    archive.unreleased.history("reopened").write_text("mended by hand")
    with pytest.raises(ValueError, match="unreleased/reopened was changed"):
        release(archive, "1.0.0")


def test_what_was_released_can_be_neither_changed_nor_lost_unseen(archive: Archive) -> None:
    shelf = release(archive, "1.0.0")
    shelf.history("whole_life").write_text("mended by hand")
    assert archive.differences() == ["1.0.0/whole_life was changed"]
    shelf.history("whole_life").unlink()
    assert archive.differences() == ["1.0.0/whole_life is gone"]
    shelf.history("another").write_text("written by hand")
    shelf.manifest.write_text("{}")
    assert "the manifest of 1.0.0 was changed" in archive.differences()
    shelf.folder.rename(archive.root / "1.0.1")
    assert {"1.0.0 is gone", "1.0.1 is not in releases.json"} <= set(archive.differences())


def test_who_releases_is_told_what_to_commit(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], archive) == 2
    assert main(["1.0.0"], archive) == 0
    assert "2 histories are those of 1.0.0: commit" in capsys.readouterr().out
