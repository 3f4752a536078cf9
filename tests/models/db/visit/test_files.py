"""Files of visits: named by reports, expected until they come, one however often they are named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.actor import Actor, Role
from models.db.engine import Database
from models.db.visit.files import FileRepository
from models.db.visit.proof import EVERY_FILE, FileReads, KnownFile, Part
from models.db.visit.reports import unnamed
from models.events.field import VisitCompleted
from models.events.visit import VisitReportKept, VisitReportWithdrawn
from models.proof import FileKind, FileState, FileType
from tests.models.db.visit.named import ANA, BEN, VISIT, happened, report, sha, taken
from tests.models.rules.stories import NOW

BY = Actor(role=Role.EXPERT, id=ANA)
LATER = NOW + timedelta(hours=1)


def known(database: Database, part: Part = EVERY_FILE, visit: str = VISIT) -> list[KnownFile]:
    with database.reading() as session:
        return FileReads(session).of_visit(visit, part, None, 100)


def hashes(database: Database, part: Part = EVERY_FILE, visit: str = VISIT) -> set[str]:
    return {file.sha256 for file in known(database, part, visit)}


def store(database: Database, *files: str, visit: str = VISIT) -> list[bool]:
    """The bytes of files came; for each whether they were the first."""
    new = []
    for of in files:
        with database.unit_of_work() as session:
            file = FileReads(session).file(visit, sha(of))
            assert file is not None
            new.append(FileRepository(session).stored(file.id, FileType.PNG, 9, BY, LATER))
    return new


def test_a_report_names_its_photos_and_its_signature(database: Database) -> None:
    report(database, "door", "motor", signed="name")
    files = {file.sha256: file for file in known(database)}
    assert files.keys() == {sha("door"), sha("motor"), sha("name")}
    door, signed = files[sha("door")], files[sha("name")]
    assert (door.kind, door.media_type, door.size) == (FileKind.PHOTO, "image/jpeg", 7)
    assert (signed.kind, signed.media_type, signed.size) == (FileKind.SIGNATURE, None, None)
    assert {f.taken_at for f in files.values()} == {f.named_at for f in files.values()} == {NOW}
    assert {f.state for f in files.values()} == {FileState.PENDING}
    assert {f.experts for f in files.values()} == {(ANA,)}


def test_a_file_is_one_of_its_visit_however_often_it_is_named(database: Database) -> None:
    report(database, "door", "door", signed="door")
    report(database, "door")
    report(database, "door", expert=BEN, at=LATER, size=8)
    [file] = known(database)
    assert (file.experts, file.size, file.named_at) == ((ANA, BEN), 7, NOW)


def test_the_same_picture_of_another_visit_is_another_file(database: Database) -> None:
    report(database, "door")
    report(database, "door", event="phone-2", visit="vis_2")
    assert store(database, "door") == [True]
    [other] = known(database, visit="vis_2")
    assert other.state is FileState.PENDING


def test_bytes_that_came_are_what_they_are_and_came_once(database: Database) -> None:
    report(database, "door")
    assert store(database, "door", "door") == [True, False]
    [file] = known(database)
    assert (file.state, file.stored_at) == (FileState.STORED, LATER)
    assert (file.media_type, file.size) == ("image/png", 9)


def test_what_was_refused_names_nothing(database: Database) -> None:
    refused = report(database, "door", "motor")
    report(database, "door", expert=BEN)
    with database.unit_of_work() as session:
        unnamed(session, refused.model_copy(update={"content": "of another"}))
    assert hashes(database) == {sha("door"), sha("motor")}
    with database.unit_of_work() as session:
        unnamed(session, refused)
    assert hashes(database) == {sha("door")}
    [file] = known(database)
    assert file.experts == (BEN,)


def test_what_is_named_again_after_a_refusal_is_as_new(database: Database) -> None:
    with database.unit_of_work() as session:
        unnamed(session, report(database, "door"))
    report(database, "door", event="phone-2", at=LATER, size=8)
    [file] = known(database)
    assert (file.named_at, file.size) == (LATER, 8)


def test_bytes_that_came_for_a_report_that_was_refused_stay(database: Database) -> None:
    refused = report(database, "door")
    store(database, "door")
    with database.unit_of_work() as session:
        unnamed(session, refused)
    assert hashes(database) == {sha("door")}


def test_customers_see_pictures_of_what_counts(database: Database, url: str) -> None:
    counted = report(database, "door", event="counted")
    report(database, "paper", event="counted-2", media_type="application/pdf")
    kept = report(database, "attic", event="kept")
    report(database, "cellar", event="waits")
    back = report(database, "roof", event="taken back")
    taken(url, counted)
    taken(url, kept, VisitReportKept.kind)
    for kind in (VisitCompleted.kind, VisitReportWithdrawn.kind):
        taken(url, back, kind)
    customers = Part(for_customers=True)
    assert hashes(database, customers) == {sha("door")}
    [file] = known(database, customers)
    assert file.is_for_customers
    assert {f.sha256 for f in known(database) if f.is_for_customers} == {sha("door")}


def test_experts_find_their_own(database: Database) -> None:
    report(database, "door")
    report(database, "motor", expert=BEN)
    assert hashes(database, Part(expert_id=BEN)) == {sha("motor")}
    assert hashes(database, Part(expert_id="exp_other")) == set()


def test_the_last_file_of_a_report_makes_its_proof_complete(database: Database, url: str) -> None:
    mine = report(database, "door", "motor")
    theirs = report(database, "door", expert=BEN, event="phone-9")
    store(database, "door")
    assert happened(url) == [("rpt_exp_ben_phone-9", 1, "proof.complete", None)]
    store(database, "motor", "motor")
    assert happened(url) == [
        ("rpt_exp_ana_phone-1", 1, "proof.complete", None),
        ("rpt_exp_ben_phone-9", 1, "proof.complete", None),
    ]
    assert mine.event_id != theirs.event_id


def test_of_many_files_that_come_at_once_one_is_the_last(database: Database, url: str) -> None:
    files = [f"photo {n}" for n in range(12)]
    report(database, *files)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda of: store(database, of), files))
    assert happened(url) == [("rpt_exp_ana_phone-1", 1, "proof.complete", None)]


@pytest.mark.parametrize(
    ("state", "found"),
    [(None, {"door", "motor"}), (FileState.PENDING, {"door"}), (FileState.STORED, {"motor"})],
)
def test_all_files_are_listed_by_state_and_age(
    database: Database, state: FileState | None, found: set[str]
) -> None:
    report(database, "door", "motor")
    store(database, "motor")
    with database.reading() as session:
        reads = FileReads(session)
        listed = {f.sha256 for f in reads.everywhere(state, NOW, None, 9)}
        assert listed == {sha(of) for of in found}
        assert reads.everywhere(state, NOW - timedelta(seconds=1), None, 9) == []


def test_a_list_goes_on_where_its_page_ended(database: Database) -> None:
    report(database, *"abcde")
    with database.reading() as session:
        reads = FileReads(session)
        whole = reads.of_visit(VISIT, EVERY_FILE, None, 9)
        first = whole[1]
        rest = reads.of_visit(VISIT, EVERY_FILE, (first.named_at, first.id), 9)
    assert rest == whole[2:]
