"""The local issuer: its secrets and its tokens."""

from pathlib import Path

import jwt
import pytest

from workers.stack import issuer as issuing
from workers.stack.environment import AUDIENCE
from workers.stack.home import Home, kept_secret


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
