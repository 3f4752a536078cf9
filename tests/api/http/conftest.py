"""Who issues tokens, and who believes them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from api.http.auth import KeySet
from tests.api.http.issuer import Issuer, keys_of


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    started = Issuer()
    yield started
    started.stop()


@pytest.fixture
async def keys(issuer: Issuer, tmp_path: Path) -> AsyncIterator[KeySet]:
    async with keys_of(issuer, tmp_path / "jwks.json") as entered:
        yield entered
