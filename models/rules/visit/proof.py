"""Whether the bytes that came are the file that a report named (docs/rules/states.md, Proof)."""

import re

from models.base import Value
from models.errors import Invalid
from models.proof import FileType

_BEGIN = {
    FileType.JPEG: re.compile(rb"\xff\xd8\xff"),
    FileType.PNG: re.compile(rb"\x89PNG\r\n\x1a\n"),
    FileType.WEBP: re.compile(rb"RIFF....WEBP", re.DOTALL),
    FileType.PDF: re.compile(rb"%PDF-1\.[0-9]|%PDF-2\.0"),
}
_PDF_END = re.compile(rb"%%EOF\s*\Z")
LONGEST_BEGIN = 12
"""Bytes that are enough to tell the type of a file."""


class Named(Value):
    """What a report said of a file; of a signature it may have said neither type nor size."""

    sha256: str
    media_type: str | None
    size: int | None


def type_of(begin: bytes) -> FileType | None:
    """What a file is by its first bytes, whatever it is called."""
    return next((kind for kind, sign in _BEGIN.items() if sign.match(begin)), None)


def is_whole_pdf(end: bytes) -> bool:
    """Whether a PDF that ends like this was not cut off."""
    return _PDF_END.search(end) is not None


def require_named_type(named: Named, sent_as: FileType) -> None:
    """See that a file is sent as what it was said to be.

    Raises:
        Invalid: `file-type-differs`.
    """
    if named.media_type not in (None, sent_as):
        raise Invalid(
            "file-type-differs", "The report names a file of another type.", field="Content-Type"
        )


def require_same(named: Named, sent_as: FileType, sha256: str, size: int, begin: bytes) -> None:
    """See that the bytes that came are those that were named, and what they were sent as.

    Raises:
        Invalid: `hash-differs`, `file-size-differs`, `file-type-differs`.
    """
    if sha256 != named.sha256:
        raise Invalid(
            "hash-differs", "These are not the bytes that the report names.", field="sha256"
        )
    if named.size not in (None, size):
        raise Invalid(
            "file-size-differs",
            "The report names a file of another size.",
            field="",
            named=named.size,
        )
    if type_of(begin) is not sent_as:
        raise Invalid(
            "file-type-differs", "The file is not what its Content-Type says.", field="Content-Type"
        )
