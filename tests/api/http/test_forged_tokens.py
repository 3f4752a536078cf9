"""Tokens that are believed, and those that only look like it."""

import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

from api.http.auth import KeySet
from tests.api.http.issuer import RSA_KEY, Issuer, application, call, encoded, keys_of


def unsigned(issuer: Issuer) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'rsa-1'})}.{encoded(issuer.claims())}."


def signed_with_the_public_key(issuer: Issuer) -> str:
    public_key = RSA_KEY.public_key()
    secret = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa-1'})}.{encoded(issuer.claims())}"
    return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"


def retouched(issuer: Issuer) -> str:
    header, _, signature = issuer.token().split(".")
    return f"{header}.{encoded(issuer.claims(role='admin'))}.{signature}"


def nested(issuer: Issuer) -> str:
    return f"{encoded(b'[' * 5000)}.{encoded(issuer.claims())}.{encoded(b'x')}"


def foreign(issuer: Issuer) -> str:
    return issuer.token(key=generate_rsa(65537, 2048))


FORGED: dict[str, Callable[[Issuer], str]] = {
    "not signed at all": unsigned,
    "signed with the public key as a secret": signed_with_the_public_key,
    "expired": lambda i: i.token(exp=int(time.time()) - 60),
    "not valid yet": lambda i: i.token(nbf=int(time.time()) + 120),
    "for another audience": lambda i: i.token(aud="somebody-else"),
    "from another issuer": lambda i: i.token(iss="https://evil.example"),
    "without a subject": lambda i: i.token(sub=None),
    "with an unknown key id": lambda i: i.token(kid="rsa-2"),
    "truncated": lambda i: i.token()[:-20],
    "with a role nobody has": lambda i: i.token(role="root"),
    "with a path as key id": lambda i: i.token(kid="../../etc/passwd"),
    "garbage": lambda i: "garbage",
    "three dots of garbage": lambda i: "\xff.\xff.\xff",
    "as the system itself": lambda i: i.token(role="system"),
    "without a role": lambda i: i.token(role=None),
    "with a role that is a list": lambda i: i.token(role=["admin"]),
    "with a subject of several lines": lambda i: i.token(sub="cus_1\nadmin"),
    "with too long a subject": lambda i: i.token(sub="c" * 256),
    "that never expires": lambda i: i.token(exp=None),
    "without a time of issue": lambda i: i.token(iat=None),
    "retouched after signing": retouched,
    "signed by a foreign key of the same id": foreign,
    "with a header nested too deeply": nested,
    "as long as a book": lambda i: i.token(book="x" * 9000),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused(
    forge: Callable[[Issuer], str], issuer: Issuer, keys: KeySet
) -> None:
    assert (await call(keys, issuer.token())).status_code == 200
    forged = forge(issuer).encode("latin-1")
    transport = httpx2.ASGITransport(application(keys))
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.example") as client:
        answer = await client.get("/v1/me", headers={b"Authorization": b"Bearer " + forged})
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert forged.decode("latin-1") not in answer.text


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic Y3VzXzE6eA==", "token abc"]
)
async def test_no_bearer_token_is_asked_for_one(header: str | None, keys: KeySet) -> None:
    transport = httpx2.ASGITransport(application(keys))
    headers = {"Authorization": header} if header is not None else {}
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.example") as client:
        answer = await client.get("/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_every_algorithm_allowed_is_understood(
    algorithm: str, issuer: Issuer, tmp_path: Path
) -> None:
    private: dict[str, Any] = {
        "RS256": RSA_KEY,
        "ES256": generate_private_key(SECP256R1()),
        "EdDSA": Ed25519PrivateKey.generate(),
    }
    issuer.keys = {"k": (private[algorithm], algorithm)}
    async with keys_of(issuer, tmp_path / "jwks.json") as keys:
        answer = await call(keys, issuer.token(kid="k", sub="exp_7", role="expert"))
    assert answer.json() == {"role": "expert", "subject": "exp_7"}


async def test_clocks_may_differ_by_thirty_seconds(issuer: Issuer, keys: KeySet) -> None:
    now = int(time.time())
    assert (await call(keys, issuer.token(exp=now - 20))).status_code == 200
    assert (await call(keys, issuer.token(iat=now + 20))).status_code == 200
    assert (await call(keys, issuer.token(exp=now - 40))).status_code == 401


async def test_secrets_weak_keys_and_keys_for_encryption_are_never_trusted(
    issuer: Issuer, tmp_path: Path
) -> None:
    weak: RSAPrivateKey = generate_rsa(65537, 1024)  # noqa: S505 - the point of the test
    weak_jwk = RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    good = json.loads(issuer.document())["keys"]
    secret = {"kty": "oct", "k": encoded(b"s" * 32), "kid": "secret", "alg": "HS256"}
    published = [
        *good,
        secret,
        {**weak_jwk, "kid": "weak"},
        {**good[0], "kid": "encrypts", "use": "enc"},
        {**good[0], "kid": "../path"},
        {**good[0], "kid": 7},
        {"kid": "nothing"},
        "not even an object",
    ]
    file = tmp_path / "published.json"
    file.write_text(json.dumps({"keys": published}))
    async with keys_of(issuer, None, url=file.as_uri()) as keys:
        assert (await call(keys, issuer.token())).status_code == 200
        hmac_token = jwt.encode(issuer.claims(), b"s" * 32, "HS256", headers={"kid": "secret"})
        assert (await call(keys, hmac_token)).status_code == 401
        assert (await call(keys, issuer.token(kid="encrypts"))).status_code == 401
        with pytest.warns(InsecureKeyLengthWarning):
            signed_weakly = issuer.token(kid="weak", key=weak)
        assert (await call(keys, signed_weakly)).status_code == 401
