"""Tokens: which are believed, which are not, and what happens while their issuer is away."""

import base64
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    generate_private_key as generate_rsa,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Depends, FastAPI
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.warnings import InsecureKeyLengthWarning

from api.http import problems
from api.http.auth import KeySet, Principal, authenticated
from api.http.policy import only, policies, public
from models.actor import Role
from tests.house import LIMIT

AUDIENCE = "sysops-squad"
RSA_KEY = generate_rsa(65537, 2048)


class Issuer:
    """Publishes keys over loopback, counts who asks, and can be stopped."""

    url = "https://issuer.example"

    def __init__(self) -> None:
        self.asked = 0
        self.keys: dict[str, tuple[Any, str]] = {"rsa-1": (RSA_KEY, "RS256")}
        issuer = self

        class Desk(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = issuer.document()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.jwks_url = f"http://127.0.0.1:{self._server.server_address[1]}/jwks.json"

    def document(self) -> bytes:
        published = []
        for kid, (key, algorithm) in self.keys.items():
            kind = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}[algorithm]
            jwk = kind.to_jwk(key.public_key(), as_dict=True)
            published.append({**jwk, "kid": kid, "alg": algorithm, "use": "sig"})
        return json.dumps({"keys": published}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "cus_1",
            "role": "customer",
            "iat": now,
            "exp": now + 600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, kid: str = "rsa-1", key: Any = None, **changes: Any) -> str:
        known, algorithm = self.keys.get(kid, (RSA_KEY, "RS256"))
        return jwt.encode(self.claims(**changes), key or known, algorithm, headers={"kid": kid})

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    started = Issuer()
    yield started
    started.stop()


def keys_of(issuer: Issuer, cache: Path | None, **changes: Any) -> KeySet:
    return KeySet(
        changes.pop("url", issuer.jwks_url),
        cache,
        issuer=issuer.url,
        audience=AUDIENCE,
        **changes,
    )


def application(keys: KeySet) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app, "http://api.example")
    app.state.keys = keys
    router = APIRouter(prefix="/v1")

    @router.get("/me")
    async def me(caller: Annotated[Principal, Depends(authenticated)]) -> Principal:
        return caller

    @router.get("/experts")
    async def experts(caller: Annotated[Principal, Depends(only(Role.EXPERT))]) -> Principal:
        return caller

    @router.get("/status")
    @public
    async def status() -> str:
        return "up"

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "nobody said who may read this"

    app.include_router(router)
    return app


async def call(keys: KeySet, token: str | None, path: str = "/v1/me") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    transport = httpx2.ASGITransport(application(keys))
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.example") as client:
        return await client.get(path, headers=headers)


@pytest.fixture
async def keys(issuer: Issuer, tmp_path: Path) -> AsyncIterator[KeySet]:
    async with keys_of(issuer, tmp_path / "jwks.json") as entered:
        yield entered


def encoded(part: dict[str, Any] | bytes) -> str:
    plain = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


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
    "with too long a subject": lambda i: i.token(sub="c" * 81),
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


async def test_a_token_keeps_working_while_its_issuer_is_down_and_after_our_restart(
    issuer: Issuer, tmp_path: Path
) -> None:
    cache = tmp_path / "cache" / "jwks.json"
    token = issuer.token()
    async with keys_of(issuer, cache) as keys:
        assert (await call(keys, token)).status_code == 200
        issuer.stop()
        assert (await call(keys, token)).status_code == 200
    async with keys_of(issuer, cache) as restarted:
        assert (await call(restarted, token)).status_code == 200
        assert (await call(restarted, issuer.token(kid="rsa-2"))).status_code == 401


async def test_an_issuer_never_reached_is_unavailable_and_says_when_to_come_back(
    issuer: Issuer, tmp_path: Path
) -> None:
    token = issuer.token()
    issuer.stop()
    for cached in (None, b"{}", b"torn in the mid", b'{"keys": [{"kty": "oct"}]}'):
        cache = tmp_path / "jwks.json"
        if cached is not None:
            cache.write_bytes(cached)
        async with keys_of(issuer, cache) as keys:
            answer = await call(keys, token)
        assert answer.status_code == 503
        assert answer.json()["code"] == "issuer-unavailable"
        assert answer.headers["Retry-After"] == "10"


async def test_a_frozen_issuer_freezes_no_request(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        url = f"http://127.0.0.1:{frozen.getsockname()[1]}/jwks.json"
        async with KeySet(url, None, issuer="i", audience="a", timeout=60.0) as keys:
            token = jwt.encode({}, RSA_KEY, "RS256", headers={"kid": "k"})
            began = time.monotonic()
            answer = await call(keys, token)
            assert answer.status_code == 503
            assert time.monotonic() - began < LIMIT


async def test_a_new_key_is_fetched_at_once_and_invented_ones_do_not_make_us_ask_again(
    issuer: Issuer, tmp_path: Path
) -> None:
    cache = tmp_path / "jwks.json"
    cache.write_bytes(issuer.document())
    issuer.keys["rsa-2"] = (generate_rsa(65537, 2048), "RS256")
    keys = keys_of(issuer, cache)
    assert (await call(keys, issuer.token(kid="rsa-1"))).status_code == 200
    assert issuer.asked == 0
    assert (await call(keys, issuer.token(kid="rsa-2"))).status_code == 200
    for number in range(20):
        assert (await call(keys, issuer.token(kid=f"made-up-{number}"))).status_code == 401
    assert issuer.asked == 1


async def test_a_key_the_issuer_withdrew_is_forgotten(issuer: Issuer, tmp_path: Path) -> None:
    cache = tmp_path / "jwks.json"
    cache.write_bytes(issuer.document())
    token = issuer.token()
    issuer.keys = {"rsa-2": (generate_rsa(65537, 2048), "RS256")}
    keys = keys_of(issuer, cache)
    assert (await call(keys, issuer.token(kid="rsa-2"))).status_code == 200
    assert (await call(keys, token)).status_code == 401
    assert (await call(keys_of(issuer, cache), token)).status_code == 401


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


async def test_another_role_is_told_which_roles_may(issuer: Issuer, keys: KeySet) -> None:
    answer = await call(keys, issuer.token(role="customer"), "/v1/experts")
    assert answer.status_code == 403
    assert answer.json()["code"] == "role-not-allowed"
    assert answer.json()["evidence"] == {"allowed": ["expert"]}
    assert (await call(keys, issuer.token(role="expert"), "/v1/experts")).status_code == 200


async def test_a_principal_acts_under_their_role_and_subject() -> None:
    actor = Principal(role=Role.EXPERT, subject="exp_1").actor
    assert (actor.role, actor.id) == (Role.EXPERT, "exp_1")


async def test_a_route_that_nobody_declared_a_policy_for_is_found(keys: KeySet) -> None:
    declared = policies(application(keys))
    assert declared.pop("GET /v1/forgotten") is None
    assert {route: policy and sorted(policy.roles) for route, policy in declared.items()} == {
        "GET /v1/me": sorted(set(Role) - {Role.SYSTEM}),
        "GET /v1/experts": [Role.EXPERT],
        "GET /v1/status": sorted(set(Role) - {Role.SYSTEM}),
    }
    assert [route for route, policy in declared.items() if policy and policy.public] == [
        "GET /v1/status"
    ]
