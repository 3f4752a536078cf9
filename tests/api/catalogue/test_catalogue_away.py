"""The list of appliances while its source is away: Postgres, or the other system that keeps it."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest

from activities.gateways.catalogue.peer import PeerCatalogue
from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.reads import ReferenceReads
from models.db.catalogue.writes import ReferenceRepository
from models.status import PARTS
from tests.activities.gateways.catalogue_server import CatalogueServer, catalogue_server
from tests.api.intake.outage import DATABASE, filed, without
from tests.cable import cable
from tests.house import FRIDGE, LIMIT, House
from tests.ports import free_port
from tests.refusals import refused
from tests.replica import postgres_address, replica
from tests.until import until

Fault = Callable[[CatalogueServer], object]
FAULTS: dict[str, Fault] = {
    "frozen": lambda s: s.hangs.set(),
    "an error": lambda s: setattr(s, "status", 500),
    "raving": lambda s: setattr(s, "raw", b"\x16\x03<html>"),
    "ten megabytes": lambda s: setattr(s, "raw", b" " * 10_000_000),
    "sending elsewhere": lambda s: setattr(s, "status", 302),
    "dripping": lambda s: setattr(s, "drips", True),
}
every_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))


@pytest.fixture
def server() -> Iterator[CatalogueServer]:
    with catalogue_server() as catalogue:
        yield catalogue


@asynccontextmanager
async def asking(
    house: House, url: str, file: Path | None = None, database_port: int | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    """An API process that asks another system for models."""
    keeper = PeerCatalogue(url)
    async with replica(house, keeper=keeper, catalogue=file, database_port=database_port) as http:
        yield http
    await keeper.close()


async def listed(http: httpx2.AsyncClient, words: str, path: str = "models") -> Any:
    """What is listed, at once, whoever is away."""
    began = monotonic()
    answer = await http.get(f"/v1/{path}", params={"q": words} if words else {})
    assert monotonic() - began < LIMIT
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert (answer.headers.get("Warning") == '110 - "Response is Stale"') is page["stale"]
    return page


def new_name() -> str:
    return f"mod_{uuid.uuid4().hex[:12]}"


def names(page: Any) -> list[str]:
    return [model["id"] for model in page["items"]]


async def is_said(http: httpx2.AsyncClient, state: str) -> Any:
    """What the status says of the catalogue, as soon as it is in a state."""

    async def look() -> Any:
        found = (await http.get("/v1/status")).json()["catalogue"]
        return found if found["state"] == state else None

    return await until(look, f"the catalogue {state}")


async def test_what_is_listed_is_of_a_moment_ago_while_everybody_is_there(house: House) -> None:
    async with replica(house) as http:
        page = await listed(http, "bosch KGN")
        assert FRIDGE in names(page)
        assert page["stale"] is False
        assert datetime.fromisoformat(page["as_of"]) <= datetime.now(UTC)


@pytest.mark.parametrize("is_frozen", [False, True])
async def test_while_postgres_is_away_appliances_and_their_kinds_are_listed_as_they_were(
    house: House, is_frozen: bool
) -> None:
    async with (
        cable(*postgres_address(house)) as postgres,
        replica(house, database_port=postgres.port) as http,
    ):
        before = await listed(http, "bosch KGN")
        if is_frozen:
            postgres.freeze()
        else:
            await postgres.cut()
        said = await is_said(http, "stale")
        assert datetime.fromisoformat(said["since"]) <= datetime.now(UTC)
        assert said["words"] == PARTS["catalogue"].stale
        page = await listed(http, "bosch KGN")
        assert page["items"] == before["items"]
        assert page["stale"] is True
        assert page["as_of"] == said["as_of"]
        kinds = await listed(http, "", "categories")
        assert kinds["stale"] is True
        assert "oven" in [kind["code"] for kind in kinds["items"]]
        await postgres.mend()
        await is_said(http, "ok")
        assert (await listed(http, ""))["stale"] is False


async def test_a_process_that_starts_without_postgres_lists_what_an_earlier_one_knew(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "cache" / "catalogue.json"
    model = ApplianceModel(id=new_name(), brand="Quux", designation="Frost", category="oven")
    with house.database.unit_of_work() as session:
        ReferenceRepository(session).add_model(model)
    async with replica(house, catalogue=file) as http:
        before = await listed(http, "quux frost")
        assert model.id in names(before)
    async with replica(house, catalogue=file, database_port=free_port()) as http:
        page = await listed(http, "quux frost")
        assert page["items"] == before["items"]
        assert page["stale"] is True
        assert page["as_of"] == json.loads(file.read_bytes())["as_of"] >= before["as_of"]
        assert (await is_said(http, "stale"))["as_of"] == page["as_of"]


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"categories": 7}', b"\xff"])
async def test_a_copy_that_cannot_be_read_is_none_and_a_ticket_can_be_filed_in_words(
    house: House, tmp_path: Path, written: bytes
) -> None:
    file = tmp_path / "catalogue.json"
    file.write_bytes(written)
    async with replica(house, catalogue=file, database_port=free_port()) as http:
        for path in ("models", "categories"):
            answer = await http.get(f"/v1/{path}")
            refused(answer, 503, "catalogue-unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
            assert "model_text" in answer.json()["detail"]
        assert (await is_said(http, "away"))["words"] == PARTS["catalogue"].away
        words = {"model_id": None, "model_text": "Grundig Fine Arts"}
        answer = await filed(house, http, str(uuid.uuid4()), **words)
        assert answer.status_code == 201, answer.text
        assert answer.json()["warnings"] == ["model_unresolved"]


async def test_a_ticket_about_a_model_that_only_the_copy_knows_is_filed_and_checked_later(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "catalogue.json"
    async with replica(house, catalogue=file):
        pass
    known = json.loads(file.read_bytes())
    model = {"id": new_name(), "brand": "Quux", "designation": "Gone", "category": "oven"}
    known["models"].append(model)
    file.write_text(json.dumps(known))
    async with replica(house, catalogue=file, database_port=free_port()) as http:
        assert names(await listed(http, "quux gone")) == [model["id"]]
        answer = await filed(house, http, str(uuid.uuid4()), model_id=model["id"])
        assert answer.status_code == 201, answer.text
    # The records know no such model: the helpdesk is asked, and nothing is lost.
    ticket = await house.until(answer.json()["id"], "MATCHING")
    assert "model_unresolved" in ticket["attention"]


async def test_a_model_that_the_other_system_names_is_found_and_tickets_are_about_it(
    house: House, server: CatalogueServer
) -> None:
    new = new_name()
    server.has(new)
    server.has(new_name(), category="rocket")
    async with asking(house, server.url) as http:
        page = await listed(http, "grundig " + new[4:])
        assert names(page) == [new]
        assert page["stale"] is False
        answer = await filed(house, http, str(uuid.uuid4()), model_id=new)
        assert answer.status_code == 201, answer.text
    ticket = await house.until(answer.json()["id"], "MATCHING")
    assert (ticket["category"], ticket["attention"]) == ("oven", [])
    with house.database.reading() as session:
        categories = {m.category for m in ReferenceReads(session).all_models()}
    assert "rocket" not in categories


async def test_what_the_other_system_says_anew_of_a_model_holds(
    house: House, server: CatalogueServer
) -> None:
    new = new_name()
    server.has(new)
    async with asking(house, server.url):
        pass
    server.models.clear()
    server.has(new, category="dishwasher", brand="Miele")
    async with asking(house, server.url) as http:
        [model] = (await listed(http, new[4:]))["items"]
        assert (model["brand"], model["category"]) == ("Miele", "dishwasher")
    with house.database.reading() as session:
        assert [m.category for m in ReferenceReads(session).models(new[4:], None, 2)] == [
            "dishwasher"
        ]


@every_fault
async def test_while_the_other_system_is_no_help_its_models_are_listed_as_they_were(
    house: House, server: CatalogueServer, tmp_path: Path, fault: Fault
) -> None:
    new, file = new_name(), tmp_path / "catalogue.json"
    server.has(new)
    async with asking(house, server.url, file) as http:
        before = await listed(http, new[4:])
    fault(server)
    # From the start, and without Postgres, too.
    for port in (None, free_port()):
        async with asking(house, server.url, file, port) as http:
            page = await listed(http, new[4:])
            assert page["items"] == before["items"]
            assert page["stale"] is True
            # It was asked twice at the most before it fell ill.
            assert page["as_of"] == json.loads(file.read_bytes())["as_of"] >= before["as_of"]
            assert (await is_said(http, "stale"))["as_of"]
            answer = await filed(house, http, str(uuid.uuid4()), model_id=new)
            assert answer.status_code == 201, answer.text


async def test_when_the_other_system_is_back_it_is_heard(
    house: House, server: CatalogueServer
) -> None:
    server.status = 500
    async with asking(house, server.url) as http:
        await is_said(http, "stale")
        new = new_name()
        server.has(new)
        server.status = 200
        await is_said(http, "ok")
        assert names(await listed(http, new[4:])) == [new]


async def test_without_postgres_the_other_system_is_heard_and_the_records_follow(
    house: House, server: CatalogueServer, tmp_path: Path
) -> None:
    new = new_name()
    server.has(new)
    async with cable(*postgres_address(house)) as postgres:
        await postgres.cut()
        async with asking(house, server.url, tmp_path / "c.json", postgres.port) as http:
            page = await listed(http, new[4:])
            assert (names(page), page["stale"]) == ([new], True)
            await postgres.mend()
            await is_said(http, "ok")
            with house.database.reading() as session:
                assert ReferenceReads(session).has_model(new)


async def test_a_model_that_was_just_resolved_is_found_at_once(house: House) -> None:
    async with replica(house) as http:
        words = {"description": "It hums.", "model_text": "Quux", "slots_later": True}
        ticket = (await house.expect("customer", "POST", "/tickets", words))["id"]
        await house.until(ticket, "MATCHING")
        name = uuid.uuid4().hex[:8]
        create = {"create": {"brand": "Quux", "name": name, "category": "oven"}}
        answer = await http.post(
            f"/v1/tickets/{ticket}/model-resolution",
            json=create,
            headers=house.headers("helpdesk"),
        )
        assert answer.status_code == 200, answer.text
        assert names(await listed(http, name)) == [answer.json()["model"]["id"]]


async def test_a_process_whose_records_go_away_files_about_what_it_lists(
    house: House, tmp_path: Path
) -> None:
    async with without(house, tmp_path / "log", DATABASE) as (http, _):
        [model, *_] = (await listed(http, ""))["items"]
        answer = await filed(house, http, str(uuid.uuid4()), model_id=model["id"])
        assert answer.status_code == 201, answer.text
