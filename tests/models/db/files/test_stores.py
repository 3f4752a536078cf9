"""Where files are kept: what every store promises, and what a bucket does when it cannot."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.db.files.folder import FolderFiles
from models.db.files.s3 import S3Files
from models.db.files.store import NO_FILES, FileStore, name_of
from models.errors import Unavailable
from models.proof import MOST_BYTES
from tests.models.db.files.s3_server import (
    ACCESS_KEY,
    BUCKET,
    REGION,
    SECRET_KEY,
    Fault,
    S3Server,
)

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40
NAME = name_of("vis_00000000-0000-7000-8000-000000000000", hashlib.sha256(PICTURE).hexdigest())
PATIENT, IMPATIENT = 5.0, 0.3


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server) -> S3Files:
    return S3Files(BUCKET, ACCESS_KEY, SECRET_KEY, region=REGION, endpoint=s3.endpoint)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FolderFiles(tmp_path / "files")
    found: FileStore = request.getfixturevalue("bucket")
    return found


async def keep(store: FileStore, content: bytes = PICTURE, seconds: float = PATIENT) -> None:
    await store.keep(NAME, content, "image/jpeg", seconds)


async def unavailable(store: FileStore, seconds: float = IMPATIENT) -> None:
    with pytest.raises(Unavailable) as refusal:
        await keep(store, seconds=seconds)
    assert refusal.value.code == "files-unavailable"
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


async def test_what_was_kept_is_read_as_it_was(store: FileStore) -> None:
    assert await store.read(NAME, PATIENT) is None
    await keep(store)
    assert await store.read(NAME, PATIENT) == PICTURE
    assert await store.read(f"{NAME}0", PATIENT) is None


async def test_what_is_kept_twice_is_kept_once(store: FileStore) -> None:
    await keep(store)
    await keep(store)
    assert await store.read(NAME, PATIENT) == PICTURE


async def test_what_is_forgotten_is_gone_and_nothing_else_is_and_again_nothing_changes(
    store: FileStore,
) -> None:
    await store.forget(NAME, PATIENT)
    await keep(store)
    await store.keep(f"{NAME}0", b"another", "image/jpeg", PATIENT)
    for _ in range(2):
        await store.forget(NAME, PATIENT)
        assert await store.read(NAME, PATIENT) is None
    assert await store.read(f"{NAME}0", PATIENT) == b"another"
    await keep(store)
    assert await store.read(NAME, PATIENT) == PICTURE


async def test_a_bucket_that_fails_says_that_it_did_not_forget(
    s3: S3Server, bucket: S3Files
) -> None:
    await keep(bucket)
    s3.will(Fault(503))
    with pytest.raises(Unavailable):
        await bucket.forget(NAME, PATIENT)
    assert await bucket.read(NAME, PATIENT) == PICTURE


async def test_the_largest_file_is_kept(store: FileStore) -> None:
    await keep(store, bytes(MOST_BYTES))
    assert await store.read(NAME, PATIENT) == bytes(MOST_BYTES)


async def test_what_is_larger_than_any_file_is_none_of_ours(store: FileStore) -> None:
    await keep(store, bytes(MOST_BYTES + 1))
    assert await store.read(NAME, PATIENT) is None


async def test_a_folder_is_its_owners_alone_and_holds_whole_files_only(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    await keep(FolderFiles(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    [written] = [path for path in folder.rglob("*") if path.is_file()]
    assert written == folder / NAME


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    await unavailable(FolderFiles(tmp_path / "files"), PATIENT)


async def test_a_bucket_gets_signed_requests_and_is_told_the_type(
    s3: S3Server, bucket: S3Files
) -> None:
    await keep(bucket)
    assert s3.requests == [f"PUT /{BUCKET}/{NAME}"]
    assert (s3.objects, s3.types) == ({NAME: PICTURE}, {NAME: "image/jpeg"})


async def test_a_bucket_that_does_not_know_us_is_unavailable(s3: S3Server) -> None:
    for key, secret in ((ACCESS_KEY, "another"), ("another", SECRET_KEY)):
        await unavailable(S3Files(BUCKET, key, secret, region=REGION, endpoint=s3.endpoint))
    await unavailable(
        S3Files("missing", ACCESS_KEY, SECRET_KEY, region=REGION, endpoint=s3.endpoint)
    )
    assert s3.objects == {}


@pytest.mark.parametrize("fault", [Fault(503), Fault(500), Fault(0), Fault(silence=3)])
async def test_a_bucket_that_fails_keeps_nothing_and_is_asked_again_by_whoever_brought_it(
    s3: S3Server, bucket: S3Files, fault: Fault
) -> None:
    s3.will(fault)
    began = time.monotonic()
    await unavailable(bucket)
    assert time.monotonic() - began < 2
    assert s3.objects == {}
    await keep(bucket)
    assert s3.objects == {NAME: PICTURE}


@pytest.mark.parametrize("fault", [Fault(0, kept=True), Fault(silence=3, kept=True)])
async def test_an_answer_that_is_lost_leaves_what_may_be_brought_again(
    s3: S3Server, bucket: S3Files, fault: Fault
) -> None:
    s3.will(fault)
    await unavailable(bucket)
    await keep(bucket)
    assert s3.objects == {NAME: PICTURE}


async def test_a_bucket_that_cannot_be_read_is_not_an_empty_one(
    s3: S3Server, bucket: S3Files
) -> None:
    await keep(bucket)
    for fault in (Fault(503), Fault(0), Fault(silence=3)):
        s3.will(fault)
        with pytest.raises(Unavailable):
            await bucket.read(NAME, IMPATIENT)
    assert await bucket.read(NAME, PATIENT) == PICTURE


async def test_a_process_without_files_says_so() -> None:
    await unavailable(NO_FILES)
    with pytest.raises(Unavailable):
        await NO_FILES.read(NAME, PATIENT)
