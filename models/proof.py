"""What proves a visit: photos and a signature, which are files. A report names them; their bytes
come by themselves, perhaps later."""

from datetime import timedelta
from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024
"""Of one file."""
MISSING_AFTER = timedelta(days=1)
"""How long a file may be named without its bytes before a person looks at it."""


class FileType(StrEnum):
    """What a file may be."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return {FileType.JPEG: "jpg", FileType.PDF: "pdf"}.get(self, self.partition("/")[2])


class FileState(StrEnum):
    """Whether the bytes of a file that was named are here."""

    PENDING = "PENDING"
    STORED = "STORED"


class FileKind(StrEnum):
    """What a file is in its report."""

    PHOTO = "photo"
    SIGNATURE = "signature"
