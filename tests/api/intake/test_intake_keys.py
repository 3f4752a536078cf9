"""Without a key of the week nothing can be sealed: it is said before anybody files, and by name."""

import base64
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import Unavailable
from temporal.sealing import IntakeKeyring
from tests.api.intake.filed import body
from tests.architecture.source import ROOT
from tests.house import House
from tests.replica import replica

pytestmark = pytest.mark.long

BROKEN = pytest.mark.parametrize("content", [b"", b"half", b"x" * 31, b"x" * 33])


def key_of_the_week(folder: Path, content: bytes) -> Path:
    folder.mkdir()
    (folder / f"{datetime.now(UTC):%G-W%V}.key").write_bytes(content)
    return folder


@BROKEN
async def test_with_a_key_that_is_none_filing_is_refused_by_name_and_the_process_is_not_ready(
    house: House, tmp_path: Path, content: bytes
) -> None:
    keys = key_of_the_week(tmp_path / "keys", content)
    async with replica(house, intake_keys=keys) as http:
        answer = await http.post("/v1/tickets", json=body(), headers=house.headers("customer"))
        assert (answer.status_code, answer.json()["code"]) == (503, "intake-key-unusable")
        assert "Retry-After" in answer.headers
        ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["parts"]["intake_keys"]) == (503, "intake-key-unusable")


async def test_where_no_key_can_be_made_filing_is_refused_by_name_until_one_can(
    house: House, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "keys"
    in_the_way.write_text("not a folder")
    headers = house.headers("customer")
    async with replica(house, intake_keys=in_the_way) as http:
        answer = await http.post("/v1/tickets", json=body(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (503, "intake-key-unusable")
        assert (await http.get("/readyz")).status_code == 503
        in_the_way.unlink()
        assert (await http.get("/readyz")).status_code == 200
        filed = await http.post("/v1/tickets", json=body(), headers=headers)
    assert filed.status_code == 201
    # The house's own worker has no such key, and would try for ever.
    await house.workflow(filed.json()["id"]).terminate()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "0 bytes and not 32"),
        (b"half", "4 bytes and not 32"),
        (b"x" * 33, "33 bytes and not 32"),
        (bytes(32), "it can be guessed"),
    ],
)
def test_an_api_does_not_start_with_a_key_that_is_none_or_can_be_guessed(
    house: House, tmp_path: Path, content: bytes, rule: str
) -> None:
    started = subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": house.database_url,
            "INTAKE_KEY_DIRECTORY": str(key_of_the_week(tmp_path / "keys", content)),
            "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
            "JWKS_URL": house.issuer.jwks.as_uri(),
            "JWT_ISSUER": "https://issuer.example",
            "COMMAND_LOG_DIRECTORY": str(tmp_path / "log"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    [line] = started.stderr.splitlines()
    assert line.startswith("INTAKE_KEY_DIRECTORY: The intake key of ")
    assert rule in line


@pytest.mark.parametrize("content", [bytes(32), b"x" * 32, bytes(range(32)), b"\x01\xfe" * 16])
def test_nothing_is_sealed_under_a_key_that_can_be_guessed(tmp_path: Path, content: bytes) -> None:
    keys = IntakeKeyring(key_of_the_week(tmp_path / "keys", content))
    now = datetime.now(UTC)
    assert "can be guessed" in (keys.fault(now) or "")
    with pytest.raises(Unavailable, match="can be guessed"):
        keys.seal({"description": "It hums."}, "tkt_1", now)
    [path] = (tmp_path / "keys").glob("*.key")
    path.unlink()
    fresh = IntakeKeyring(path.parent)
    assert fresh.fault(now) is None


def test_what_was_sealed_under_a_key_that_can_be_guessed_can_still_be_read(tmp_path: Path) -> None:
    now, week = datetime.now(UTC), f"{datetime.now(UTC):%G-W%V}"
    nonce = bytes(12)
    sealed = nonce + AESGCM(bytes(32)).encrypt(nonce, b'{"description": "It hums."}', b"tkt_1")
    keys = IntakeKeyring(key_of_the_week(tmp_path / "keys", bytes(32)))
    blob = f"{week}.{base64.b64encode(sealed).decode()}"
    assert keys.open(blob, "tkt_1") == {"description": "It hums."}
    assert not keys.seals(now)


def test_a_key_outlives_a_power_cut_as_soon_as_something_is_sealed_under_it(
    tmp_path: Path,
) -> None:
    on_disk: dict[Path, list[str]] = {}

    def noting(descriptor: int) -> None:
        os.fsync(descriptor)
        what = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if what.is_dir():
            on_disk[what] = [path.name for path in what.iterdir()]

    now, keys = datetime.now(UTC), tmp_path / "keys"
    IntakeKeyring(keys, noting).seal({"description": "It hums."}, "tkt_any", now)
    assert on_disk == {tmp_path: ["keys"], keys: [f"{now:%G-W%V}.key"]}
