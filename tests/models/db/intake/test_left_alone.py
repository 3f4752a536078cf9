"""Files of the command log that cannot be taken over whole, or not at once: what is in them is sent
all the same."""

import sqlite3
from pathlib import Path

import pytest

from models.db.intake.command_file import CommandFile
from models.db.intake.command_log import CommandLog
from models.intake.command import LoggedCommand
from tests.models.db.intake.test_command_log import held_by_another_process
from tests.until import awaited


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.db.intake.command_log._LOOKING_ROUND", 0.1)


def test_a_file_that_cannot_be_read_at_first_is_taken_once_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held_by_another_process(tmp_path, 3):
        pass
    tries: list[CommandFile] = []
    read = CommandFile.commands

    def at_second_try(file: CommandFile) -> list[LoggedCommand]:
        tries.append(file)
        if len(tries) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        return read(file)

    monkeypatch.setattr(CommandFile, "commands", at_second_try)
    log = CommandLog(tmp_path)
    awaited(lambda: len(log.outstanding()) == 3, "what is in it")
    awaited(lambda: log.is_durable)
    log.close()
    assert [path.name for path in tmp_path.glob("*.db")] == ["commands-0.db"]
