"""An issuer of tokens of ours, an application that believes it, and a call."""

import base64
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Annotated, Any

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from fastapi import APIRouter, Depends, FastAPI
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.http import problems
from api.http.auth import KeySet, Principal, authenticated
from api.http.policy import only, public
from models.actor import Role

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


def encoded(part: dict[str, Any] | bytes) -> str:
    plain = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()
