"""Proof that does not come: told once, a day after it was named, of reports that were taken."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from structlog.testing import capture_logs

from models.actor import SYSTEM
from models.db.engine import Database
from models.db.visit.files import FileRepository, file_id
from models.db.visit.proof import FileReads
from models.events.visit import VisitReportKept, VisitReportWithdrawn
from models.proof import MISSING_AFTER, FileType
from tests.databases import database_of_its_own
from tests.models.db.visit.named import TICKET, VISIT, happened, report, sha, taken
from tests.models.rules.stories import NOW
from workers.proofs import Proofs

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    with database_of_its_own(postgres_url) as own:
        yield own


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "truncate events, visit_files, named_files, work_reports, field_reports, chores cascade"
        )
    database.close()


def store(database: Database, of: str) -> None:
    with database.unit_of_work() as session:
        identifier = file_id(VISIT, sha(of))
        assert FileRepository(session).stored(identifier, FileType.JPEG, 7, SYSTEM, NOW + DAY)


def is_missed(database: Database) -> bool:
    with database.reading() as session:
        return FileReads(session).are_missed(TICKET)


def test_a_file_is_missing_when_it_did_not_come_for_a_day(database: Database, url: str) -> None:
    assert MISSING_AFTER == DAY
    taken(url, report(database, "door", "motor", "name"))
    store(database, "door")
    proofs = Proofs(database)
    assert proofs.miss(NOW + DAY - MOMENT) == 0
    assert not is_missed(database)
    assert proofs.miss(NOW + DAY) == 1
    assert happened(url) == [("rpt_exp_ana_phone-1", 1, "proof.missing", 2)]
    assert is_missed(database)


def test_it_is_told_once_and_over_when_everything_has_come(database: Database, url: str) -> None:
    taken(url, report(database, "door", "motor"))
    proofs = Proofs(database)
    assert [proofs.miss(NOW + DAY * days) for days in (1, 2, 3)] == [1, 0, 0]
    store(database, "door")
    assert is_missed(database)
    store(database, "motor")
    assert not is_missed(database)
    assert happened(url) == [
        ("rpt_exp_ana_phone-1", 1, "proof.missing", 2),
        ("rpt_exp_ana_phone-1", 2, "proof.complete", None),
    ]


def test_nobody_waits_for_files_of_a_report_that_nobody_took(database: Database, url: str) -> None:
    report(database, "door", event="waits")
    kept = report(database, "motor", event="kept")
    proofs = Proofs(database)
    assert proofs.miss(NOW + DAY * 9) == 0
    taken(url, kept, VisitReportKept.kind)
    assert proofs.miss(NOW + DAY * 9) == 1


def test_nobody_waits_for_files_of_a_report_that_was_taken_back(
    database: Database, url: str
) -> None:
    mistaken = report(database, "door")
    taken(url, mistaken)
    taken(url, mistaken, VisitReportWithdrawn.kind)
    assert Proofs(database).miss(NOW + DAY * 9) == 0


def test_of_all_the_workers_one_looks(database: Database, url: str) -> None:
    taken(url, report(database, "door", at=NOW - DAY * 900))
    first, second = Proofs(database), Proofs(database)
    with capture_logs() as lines:
        assert [first.look(), second.look(), first.look()] == [1, 0, 0]
    assert [line["event"] for line in lines] == ["proof_missing"]
    assert sha("door") not in str(lines)
