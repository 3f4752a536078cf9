"""The local issuer: its secrets and its tokens."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import jwt
import pytest

from tests.ports import free_port
from tests.until import awaited
from workers.stack import issuer as issuing
from workers.stack.environment import AUDIENCE, DESK_CLIENT
from workers.stack.home import Home, kept_secret
from workers.stack.issuer_http import serve
from workers.stack.issuer_login import Logins


def test_kept_secret_stays_the_same_and_to_its_owner(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "secret")
    assert len(secret) >= 40
    assert kept_secret(tmp_path / "secret") == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("role", sorted(issuing.SUBJECTS))
def test_token_of_every_role_is_verified_with_the_published_key(role: str, tmp_path: Path) -> None:
    issuer = issuing.Issuer(Home(tmp_path), "http://issuer.test")
    token = issuer.token(role)
    key = jwt.PyJWKSet.from_dict(issuer.key_set())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token,
        key,
        algorithms=["EdDSA"],
        audience=AUDIENCE,
        issuer="http://issuer.test",
        options={"require": ["exp", "iat", "jti", "sub"]},
    )
    assert (claims["role"], claims["sub"]) == (role, issuing.SUBJECTS[role])


def test_issuer_keeps_its_key(tmp_path: Path) -> None:
    first, second = (issuing.Issuer(Home(tmp_path), "http://issuer.test") for _ in range(2))
    assert first.key_set() == second.key_set()


def test_issuer_knows_no_other_role(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown role 'king'"):
        issuing.Issuer(Home(tmp_path), "http://issuer.test").token("king")


def test_no_token_is_made_for_a_stack_that_was_never_started(tmp_path: Path) -> None:
    told = token_of(tmp_path / "elsewhere")
    assert (told.returncode, told.stdout) == (1, "")
    [line] = told.stderr.splitlines()
    assert f"no stack was started in {tmp_path / 'elsewhere'} yet" in line
    assert not (tmp_path / "elsewhere").exists()


def test_no_token_is_signed_with_a_key_that_the_running_stack_does_not_know(tmp_path: Path) -> None:
    port = free_port()
    running, other = Home(tmp_path / "running"), Home(tmp_path / "other")
    issuer = issuing.Issuer(running, f"http://127.0.0.1:{port}")
    assert issuing.Issuer(other, issuer.url).token("expert")
    logins = Logins(DESK_CLIENT, "http://127.0.0.1/oidc/callback")
    threading.Thread(target=serve, args=(issuer, logins, port), daemon=True).start()
    awaited(lambda: token_of(running.path, port).returncode == 0, "the issuer")
    told = token_of(other.path, port)
    assert (told.returncode, told.stdout) == (1, "")
    assert f"the stack at {issuer.url} has another key than {other.path}" in told.stderr


def token_of(home: Path, port: int | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SYSOPS_HOME": str(home)}
    environment["SYSOPS_ISSUER_PORT"] = str(port or free_port())
    return subprocess.run(
        [sys.executable, "-m", "workers.stack.issuer", "token", "--role", "expert"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
