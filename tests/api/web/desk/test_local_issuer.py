"""The laptop's issuer as the provider of the desk's logins, and still of curl's tokens."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from api.http.auth import KeySet
from tests.api.web.desk.conftest import Surroundings
from workers.stack.environment import AUDIENCE, DESK_CLIENT, desk_url, issuer_url
from workers.stack.issuer_login import PEOPLE

VERIFIER = "v" * 50
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


@pytest.fixture
def asked(surroundings: Surroundings) -> dict[str, str]:
    """What the desk asks for."""
    return {
        "response_type": "code",
        "client_id": DESK_CLIENT,
        "redirect_uri": f"{desk_url(surroundings.ports)}/oidc/callback",
        "state": "some-state",
        "nonce": "some-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }


@pytest.fixture
def issuer(surroundings: Surroundings) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=issuer_url(surroundings.ports), trust_env=False) as http:
        yield http


def code(issuer: httpx2.Client, asked: dict[str, str], person: str = "usr_ana") -> str:
    back = issuer.post("/authorize", data={**asked, "person": person})
    assert back.status_code == 303, back.text
    [found] = parse_qs(urlsplit(back.headers["location"]).query)["code"]
    return found


def exchange(
    issuer: httpx2.Client, asked: dict[str, str], given: str, **changed: str
) -> httpx2.Response:
    sent = {
        "grant_type": "authorization_code",
        "code": given,
        "client_id": asked["client_id"],
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    return issuer.post("/token", data={**sent, **changed})


def test_page_says_that_it_asks_for_no_password_and_why(
    issuer: httpx2.Client, asked: dict[str, str]
) -> None:
    page = issuer.get("/authorize", params=asked)
    assert page.headers["content-type"].startswith("text/html")
    assert "no password" in page.text
    assert "this computer only" in page.text
    assert all(f'value="{person.id}"' in page.text for person in PEOPLE)


def test_three_of_the_helpdesk_a_manager_and_an_admin_can_be_picked() -> None:
    roles = [person.role for person in PEOPLE]
    assert [roles.count(role) for role in ("helpdesk", "manager", "admin")] == [3, 1, 1]


async def test_both_tokens_verify_with_the_published_keys(
    issuer: httpx2.Client, asked: dict[str, str]
) -> None:
    tokens = exchange(issuer, asked, code(issuer, asked, "usr_mira")).json()
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["role"], claims["name"]) == ("usr_mira", "manager", "Mira Meyer")
    assert (claims["aud"], claims["nonce"]) == (DESK_CLIENT, "some-nonce")
    url = str(issuer.base_url).rstrip("/")
    keys = KeySet(f"{url}/.well-known/jwks.json", None, issuer=url, audience=AUDIENCE)
    async with keys:
        principal = await keys.verify(tokens["access_token"])
    assert (principal.role, principal.subject) == ("manager", "usr_mira")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example/oidc/callback"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
def test_login_for_anybody_else_or_without_pkce_is_refused(
    issuer: httpx2.Client, asked: dict[str, str], changed: dict[str, str]
) -> None:
    assert issuer.get("/authorize", params={**asked, **changed}).status_code == 400
    sent = {**asked, **changed, "person": "usr_ana"}
    assert issuer.post("/authorize", data=sent).status_code == 400


def test_nobody_else_can_be_picked(issuer: httpx2.Client, asked: dict[str, str]) -> None:
    assert issuer.post("/authorize", data={**asked, "person": "usr_eve"}).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 50},
        {"code_verifier": ""},
        {"client_id": "another"},
        {"redirect_uri": "http://127.0.0.1:1/oidc/callback"},
        {"grant_type": "password"},
    ],
)
def test_code_is_exchanged_by_who_asked_for_it_only(
    issuer: httpx2.Client, asked: dict[str, str], changed: dict[str, str]
) -> None:
    assert exchange(issuer, asked, code(issuer, asked), **changed).status_code == 400


def test_code_is_exchanged_once(issuer: httpx2.Client, asked: dict[str, str]) -> None:
    given = code(issuer, asked)
    assert exchange(issuer, asked, given).status_code == 200
    assert exchange(issuer, asked, given).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"role": "expert"}, 200),
        ({"role": "king"}, 400),
        ([], 400),
        ({"role": "admin", "subject": 1}, 400),
    ],
)
def test_token_for_curl_is_still_had_for_the_asking(
    issuer: httpx2.Client, body: Any, status: int
) -> None:
    assert issuer.post("/token", json=body).status_code == status


def test_what_asks_is_never_markup_of_the_page(
    issuer: httpx2.Client, asked: dict[str, str]
) -> None:
    page = issuer.get("/authorize", params={**asked, "state": '"><script>x</script>'})
    assert "<script>" not in page.text
