"""What was last heard of somebody, kept on disk for when they are away."""

import os
import tempfile
from pathlib import Path


def keep(file: Path, octets: bytes) -> None:
    """Replace a file in one step: another process may read or write it, and this one may be killed.

    Raises:
        OSError: the disk refuses; the old one is still there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as written:
            written.write(octets)
            written.flush()
            os.fsync(handle)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
