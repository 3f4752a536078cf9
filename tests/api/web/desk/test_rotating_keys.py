"""The key of the desk's sessions is followed by another, and nobody is logged out by it."""

import httpx2

from api.web.desk.__main__ import door
from api.web.desk.app import create_desk
from models.settings.identity import Signing
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.staff import PAGE, Staff


def desk_with(desk: Desk, *keys: str) -> httpx2.ASGITransport:
    """A desk like ours that was told other keys."""
    settings = desk.settings.but(signing=Signing(keys=keys))
    return httpx2.ASGITransport(create_desk(desk.services, door(settings)))


async def shown(desk: Desk, cookie: str, *keys: str) -> int:
    """How a desk with these keys answers whoever has this cookie."""
    transport = desk_with(desk, *keys)
    async with httpx2.AsyncClient(transport=transport, base_url=desk.url, headers=PAGE) as http:
        http.cookies.set("desk", cookie)
        return (await http.get("/desk")).status_code


async def test_who_is_logged_in_stays_so_while_the_key_is_rotated(desk: Desk, ana: Staff) -> None:
    [old], cookie = desk.settings.signing.keys, ana.http.cookies["desk"]
    for keys, status in (((old,), 200), ((old, "new"), 200), (("new", old), 200), (("new",), 303)):
        assert await shown(desk, cookie, *keys) == status


async def test_who_logs_in_meanwhile_is_logged_in_under_the_new_key(desk: Desk) -> None:
    [old] = desk.settings.signing.keys
    async with Staff(desk.url) as staff:
        await staff.http.aclose()
        staff.http = httpx2.AsyncClient(
            base_url=desk.url, mounts={desk.url: desk_with(desk, "new", old)}, trust_env=False
        )
        await staff.log_in("usr_ana")
        cookie = staff.http.cookies["desk"]
    assert await shown(desk, cookie, "new") == 200
    assert await shown(desk, cookie, old, "new") == 200
    assert await shown(desk, cookie, old) == 303


async def test_a_session_of_an_old_key_ends_at_its_time_all_the_same(desk: Desk) -> None:
    [old] = desk.settings.signing.keys
    assert await shown(desk, desk.session(age=8 * 3600 - 60), "new", old) == 200
    assert await shown(desk, desk.session(age=8 * 3600 + 60), "new", old) == 303
