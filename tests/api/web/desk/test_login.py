"""Who gets in at the desk, how, and for how long."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from http.cookies import SimpleCookie

import httpx2
import pytest

from api.web.desk.__main__ import door
from api.web.desk.app import create_desk
from api.web.desk.paths import safe_path
from api.web.desk.session import LIFETIME
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.staff import PAGE, Staff


async def test_helpdesk_logs_in_and_lands_on_the_page_it_wanted(desk: Desk) -> None:
    async with desk.staff() as staff:
        turned_away = await staff.open("/desk?from=mail")
        assert turned_away.status_code == 303
        assert turned_away.headers["location"] == "/login?next=%2Fdesk%3Ffrom%3Dmail"
        back = await staff.log_in("usr_ana", "/desk?from=mail")
        assert (back.status_code, back.headers["location"]) == (303, "/desk?from=mail")
        page = await staff.open("/desk")
        assert page.status_code == 200
        assert "Ana Albrecht" in page.text
        assert "usr_ana" in page.text


async def test_who_is_logged_in_is_not_asked_again(ana: Staff) -> None:
    again = await ana.open("/login?next=/go/somewhere")
    assert (again.status_code, again.headers["location"]) == (303, "/go/somewhere")


async def test_the_provider_is_asked_with_pkce_state_and_nonce(desk: Desk) -> None:
    async with desk.staff() as staff:
        asked = httpx2.URL((await staff.open("/login")).headers["location"]).params
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert all(asked[name] for name in ("code_challenge", "state", "nonce"))


async def test_stranger_is_sent_to_the_login_and_the_ui_is_told_so(desk: Desk) -> None:
    async with desk.staff() as staff:
        assert (await staff.open("/namespaces/default/workflows")).status_code == 303
        refused = await staff.http.get("/api/v1/settings")
        assert (refused.status_code, refused.json()["code"]) == (401, 16)
        assert "Log in" in refused.json()["message"]


async def test_part_of_a_page_begins_no_login(desk: Desk) -> None:
    async with desk.staff() as staff:
        part = await staff.http.get("/_app/immutable/entry/start.js", headers={"accept": "*/*"})
        assert part.status_code == 401
        assert "set-cookie" not in part.headers


async def test_wrong_state_is_refused(desk: Desk) -> None:
    async with desk.staff() as staff:
        way_back = await staff.pick(await staff.begin_login(), "usr_ana")
        forged = re.sub(r"state=[^&]+", "state=forged", way_back)
        assert (await staff.open(forged)).status_code == 403
        assert (await staff.open("/desk")).status_code == 303


async def test_way_back_of_another_browser_is_refused(desk: Desk) -> None:
    async with desk.staff() as mallory, desk.staff() as victim:
        way_back = await mallory.pick(await mallory.begin_login(), "usr_adam")
        refused = await victim.open(way_back)
        assert refused.status_code == 403
        assert "Log in again" in refused.text


async def test_code_is_good_for_one_login(desk: Desk) -> None:
    async with desk.staff() as staff:
        page = await staff.begin_login()
        way_back = await staff.pick(page, "usr_ana")
        kept = dict(staff.http.cookies)
        assert (await staff.open(way_back)).status_code == 303
        staff.http.cookies = httpx2.Cookies(kept)
        assert (await staff.open(way_back)).status_code == 403


async def test_customer_is_known_but_not_let_in(desk: Desk) -> None:
    async with desk.staff() as staff:
        page = await staff.begin_login()
        [customer] = re.findall(r'value="(cus_[^"]+)"', page.text)
        refused = await staff.open(await staff.pick(page, customer))
        assert refused.status_code == 403
        assert "not as helpdesk, manager or admin" in refused.text
        assert (await staff.open("/desk")).status_code == 303


@pytest.mark.parametrize("person", ["usr_ana", "usr_ben", "usr_chloe", "usr_mira", "usr_adam"])
async def test_staff_of_every_level_gets_in(desk: Desk, person: str) -> None:
    async with desk.staff(person) as staff:
        assert person in (await staff.open("/desk")).text


@pytest.mark.parametrize(
    ("age", "secret", "status"),
    [(0, None, 200), (LIFETIME + 60, None, 303), (0, "guessed", 303)],
    ids=["made by us", "older than eight hours", "forged"],
)
async def test_only_a_fresh_cookie_of_ours_counts(
    desk: Desk, age: float, secret: str | None, status: int
) -> None:
    async with desk.staff() as staff:
        staff.http.cookies.set("desk", desk.session(age=age, secret=secret))
        assert (await staff.open("/desk")).status_code == status


@pytest.mark.parametrize("role", ["customer", "integration", "system", "king"])
async def test_session_of_anybody_else_does_not_count(desk: Desk, role: str) -> None:
    async with desk.staff() as staff:
        staff.http.cookies.set("desk", desk.session(role=role))
        assert (await staff.open("/desk")).status_code == 303


async def test_changed_cookie_does_not_count(desk: Desk) -> None:
    async with desk.staff("usr_ana") as staff:
        payload, rest = staff.http.cookies["desk"].split(".", 1)
        staff.http.cookies.clear()
        staff.http.cookies.set("desk", f"{payload[:-4]}AAAA.{rest}")
        assert (await staff.open("/desk")).status_code == 303


async def test_session_ends_eight_hours_after_the_login_whatever_is_done(ana: Staff) -> None:
    for address in ("/desk", "/", "/api/v1/settings", "/go/nowhere"):
        answer = await ana.open(address)
        assert "desk=" not in answer.headers.get("set-cookie", "")


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/%5cevil.example\\",
    "javascript:alert(1)",
    "desk",
    "/login?next=/login",
    "/logout",
    "/oidc/callback?code=x",
    "/ok\nLocation: //evil.example",
    "http://127.0.0.1:1/desk",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_login_leads_nowhere_else(desk: Desk, wanted: str) -> None:
    assert safe_path(wanted, desk.url) == "/desk"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/"])
async def test_open_redirect_is_refused(desk: Desk, wanted: str) -> None:
    async with desk.staff() as staff:
        back = await staff.log_in("usr_ana", wanted)
        assert (back.status_code, back.headers["location"]) == (303, "/desk")


async def test_login_leads_back_to_a_page_of_the_ui_by_its_whole_address(desk: Desk) -> None:
    async with desk.staff() as staff:
        wanted = "/namespaces/default/workflows?query=%60Zone%60%3D%22berlin%22"
        back = await staff.log_in("usr_ana", desk.url + wanted)
        assert back.headers["location"] == wanted


async def test_the_uis_own_login_button_leads_to_ours(desk: Desk) -> None:
    async with desk.staff() as staff:
        redirect = await staff.open(f"/auth/sso?returnUrl={desk.url}/namespaces")
        page = await staff.open(redirect.headers["location"])
        back = await staff.open(await staff.pick(page, "usr_ana"))
        assert back.headers["location"] == "/namespaces"


async def test_logout_takes_our_own_form(desk: Desk) -> None:
    async with desk.staff("usr_ben") as staff:
        for headers in ({}, {"origin": "https://evil.example"}):
            refused = await staff.http.post("/logout", headers={**PAGE, **headers})
            assert refused.status_code == 403
        left = await staff.send("/logout")
        assert left.status_code == 200
        assert "logged out" in left.text
        assert (await staff.open("/desk")).status_code == 303


async def test_cookie_is_for_the_server_alone_and_over_tls_for_tls_alone(desk: Desk) -> None:
    plain, secure = door(desk.settings), door(desk.settings)
    secure = replace(secure, public_url="https://desk.example")
    for guarded, name in ((plain, "desk"), (secure, "__Host-desk")):
        transport = httpx2.ASGITransport(create_desk(desk.services, guarded))
        async with httpx2.AsyncClient(transport=transport, base_url=guarded.public_url) as http:
            kept = SimpleCookie((await http.get("/login")).headers["set-cookie"])[name]
        assert kept["httponly"]
        assert (kept["samesite"], kept["path"]) == ("lax", "/")
        assert bool(kept["secure"]) is guarded.is_secure
        assert int(kept["max-age"]) == LIFETIME
        assert not kept["domain"]


async def test_session_holds_subject_role_and_name_only(ana: Staff) -> None:
    held = json.loads(b64decode(ana.http.cookies["desk"].split(".")[0]))
    assert held["person"] == {"role": "helpdesk", "subject": "usr_ana", "name": "Ana Albrecht"}
    assert set(held) == {"person"}


async def test_provider_that_is_away_keeps_nobody_out_who_is_in(
    desk: Desk, ana: Staff, nowhere: str
) -> None:
    settings = desk.settings.but(login=desk.settings.login.but(issuer=nowhere))
    app = create_desk(desk.services, door(settings))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url=desk.url, headers=PAGE
    ) as http:
        refused = await http.get("/login")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "10"
        assert "Try again" in refused.text
        http.cookies.set("desk", ana.http.cookies["desk"])
        assert (await http.get("/desk")).status_code == 200
