"""Tokens while their issuer is away, and the keys it gives and takes back."""

import socket
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa

from api.http.auth import KeySet
from tests.api.http.issuer import RSA_KEY, Issuer, call, keys_of
from tests.house import LIMIT


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
