"""Where the API keeps files is a setting."""

from pathlib import Path

from api.assembly import file_store
from models.db.files.folder import FolderFiles
from models.db.files.s3 import S3Files
from models.settings.files import Files


async def test_files_are_kept_in_a_folder_unless_a_bucket_is_named(tmp_path: Path) -> None:
    chosen = Files(directory=tmp_path / "files")
    store = file_store(chosen)
    assert isinstance(store, FolderFiles)
    await store.keep("visits/a/b", b"door", "image/png", 5.0)
    assert (tmp_path / "files/visits/a/b").read_bytes() == b"door"
    bucket = Files(store="s3", bucket="proofs", access_key="who", secret_key="proof of it")
    assert isinstance(file_store(bucket), S3Files)
