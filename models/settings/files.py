"""Where files are kept that experts bring."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from models.secret import is_published
from models.settings.section import Section, Variable


class Files(Section):
    """Where the files of reports are kept."""

    store: Annotated[Literal["folder", "s3"], Variable("FILE_STORE", "`folder` or `s3`")] = "folder"
    directory: Annotated[
        Path, Variable("FILE_DIRECTORY", "where the `folder` store writes; every API sees the same")
    ] = Path("files")
    bucket: Annotated[str, Variable("FILE_S3_BUCKET", "bucket of the `s3` store")] = ""
    access_key: Annotated[str, Variable("FILE_S3_ACCESS_KEY", "who we are there")] = ""
    secret_key: Annotated[str, Variable("FILE_S3_SECRET_KEY", "its secret")] = ""
    region: Annotated[str, Variable("FILE_S3_REGION", "where the bucket is")] = "us-east-1"
    endpoint: Annotated[
        str | None,
        Variable("FILE_S3_ENDPOINT", "where a store answers that is not Amazon's, with its scheme"),
    ] = None

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if self.store != "s3":
            return
        for field in ("bucket", "access_key", "secret_key"):
            if not getattr(self, field):
                yield field, "FILE_STORE=s3 needs it"
        if is_published(self.secret_key):
            yield "secret_key", "it is the value of an example, which everybody knows"
