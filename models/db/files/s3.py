"""Files in a bucket of Amazon S3, or of a store that speaks like it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.store import S3Store

from models.db.files.objects import answering, forgotten, got, put, within

if TYPE_CHECKING:
    from obstore.store import S3Config

PROVIDER = "s3"
_CONNECT = timedelta(seconds=1)
_NO_FILE = "no-file"


class S3Files:
    """A `FileStore` over one bucket, which has to be there.

    Args:
        bucket: its name.
        access_key: who we are there.
        secret_key: the proof of it; every request is signed with it, bytes and all.
        region: where the bucket is.
        endpoint: where the store answers; none: Amazon's of the region.
    """

    def __init__(
        self,
        bucket: str,
        access_key: str,
        secret_key: str,
        *,
        region: str = "us-east-1",
        endpoint: str | None = None,
    ) -> None:
        config: S3Config = {
            "access_key_id": access_key,
            "secret_access_key": secret_key,
            "region": region,
            "virtual_hosted_style_request": False,
        }
        if endpoint is not None:
            config["endpoint"] = endpoint.rstrip("/")
        self._store = S3Store(
            bucket,
            config=config,
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "connect_timeout": _CONNECT,
            },
            # Whoever brings a file brings it again; nobody waits for attempts of ours.
            retry_config={"max_retries": 0},
        )

    async def keep(self, name: str, content: bytes, media_type: str, seconds: float) -> None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                await put(self._store, name, content, media_type)

    async def read(self, name: str, seconds: float) -> bytes | None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                return await got(self._store, name)

    async def forget(self, name: str, seconds: float) -> None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                await forgotten(self._store, name)

    async def check(self, seconds: float) -> None:
        """Ask for what is not there: whoever says so answers, knows us, and has the bucket."""
        await self.read(_NO_FILE, seconds)
