"""Whether the bytes that came are the file that a report named."""

import pytest

from models.errors import Invalid
from models.proof import FileType
from models.rules.visit.proof import (
    LONGEST_BEGIN,
    Named,
    is_whole_pdf,
    require_named_type,
    require_same,
    type_of,
)

BEGIN = {
    FileType.JPEG: b"\xff\xd8\xff\xe1\x00\x10Exif",
    FileType.PNG: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    FileType.WEBP: b"RIFF\n\x00\n\x00WEBPVP8 ",
    FileType.PDF: b"%PDF-1.7\n",
}
HASH = "0" * 64
NAMED = Named(sha256=HASH, media_type="image/jpeg", size=100)
UNSAID = Named(sha256=HASH, media_type=None, size=None)


def refusal(named: Named, sent_as: FileType, sha256: str, size: int, begin: bytes) -> str | None:
    try:
        require_same(named, sent_as, sha256, size, begin)
    except Invalid as refused:
        return refused.code
    return None


@pytest.mark.parametrize("kind", FileType)
def test_a_file_is_what_its_first_bytes_say(kind: FileType) -> None:
    assert type_of(BEGIN[kind]) is kind
    assert type_of(BEGIN[kind][:LONGEST_BEGIN]) is kind
    assert type_of(b" " + BEGIN[kind]) is None


@pytest.mark.parametrize(
    "begin",
    [
        *(
            b"",
            b"\xff\xd8",
            b"\x89PNG\n\x1a\n",
            b"RIFF....WAVE",
            b"RIFF...WEBP",
            b"%PDF-1.",
            b"%PDF",
        ),
        *(b"<svg", b"GIF89a", b"\x00\x00\x00\x18ftypheic", b"%PDF-3.0", b"%PDF-2.1"),
    ],
)
def test_nothing_else_is_a_file(begin: bytes) -> None:
    assert type_of(begin) is None


def test_pdfs_of_either_version_are_known() -> None:
    assert type_of(b"%PDF-1.0") is type_of(b"%PDF-2.0") is FileType.PDF


@pytest.mark.parametrize("end", [b"startxref\n9\n%%EOF", b"%%EOF\n", b"%%EOF\r\n \n"])
def test_a_pdf_that_has_its_end_is_whole(end: bytes) -> None:
    assert is_whole_pdf(end)


@pytest.mark.parametrize("end", [b"", b"%%EO", b"%%EOF and more", b"endobj"])
def test_a_pdf_that_was_cut_off_is_not(end: bytes) -> None:
    assert not is_whole_pdf(end)


def test_the_very_file_that_was_named_is_taken() -> None:
    assert refusal(NAMED, FileType.JPEG, HASH, 100, BEGIN[FileType.JPEG]) is None


def test_of_a_signature_neither_type_nor_size_need_be_named() -> None:
    for kind in FileType:
        require_named_type(UNSAID, kind)
        assert refusal(UNSAID, kind, HASH, 7, BEGIN[kind]) is None


def test_other_bytes_are_refused_whatever_else_is_wrong_with_them() -> None:
    assert refusal(NAMED, FileType.JPEG, "1" * 64, 99, b"") == "hash-differs"


@pytest.mark.parametrize("size", [99, 101, 0])
def test_another_size_than_the_named_one_is_refused(size: int) -> None:
    begin = BEGIN[FileType.JPEG]
    assert refusal(NAMED, FileType.JPEG, HASH, size, begin) == "file-size-differs"
    with pytest.raises(Invalid) as refused:
        require_same(NAMED, FileType.JPEG, HASH, size, begin)
    assert refused.value.evidence == {"named": 100}


def test_a_file_that_is_not_what_it_was_sent_as_is_refused() -> None:
    for begin in (BEGIN[FileType.PNG], b"<html>"):
        assert refusal(NAMED, FileType.JPEG, HASH, 100, begin) == "file-type-differs"
    assert refusal(UNSAID, FileType.PDF, HASH, 1, BEGIN[FileType.JPEG]) == "file-type-differs"


def test_a_file_is_sent_as_what_it_was_named() -> None:
    require_named_type(NAMED, FileType.JPEG)
    with pytest.raises(Invalid) as refused:
        require_named_type(NAMED, FileType.PNG)
    assert refused.value.code == "file-type-differs"


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        *((FileType.JPEG, "jpg"), (FileType.PNG, "png"), (FileType.WEBP, "webp")),
        (FileType.PDF, "pdf"),
    ],
)
def test_a_file_is_called_as_such_files_are(kind: FileType, suffix: str) -> None:
    assert kind.suffix == suffix
