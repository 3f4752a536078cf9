"""A catalogue over real HTTP that is slow, wrong, frozen and away."""

from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic

import pytest
import pytest_asyncio

from activities.breaker import FAILURES
from activities.gateways.catalogue import CatalogueUnavailable
from activities.gateways.catalogue.peer import MOST_MODELS, PeerCatalogue
from models.catalogue.nouns import ApplianceModel
from tests.activities.gateways.catalogue_server import CatalogueServer, catalogue_server
from tests.house import LIMIT
from tests.ports import free_port

Misbehaviour = Callable[[CatalogueServer], object]


@pytest.fixture
def server() -> Iterator[CatalogueServer]:
    with catalogue_server() as catalogue:
        yield catalogue


@pytest_asyncio.fixture(loop_scope="session")
async def peer(server: CatalogueServer) -> AsyncIterator[PeerCatalogue]:
    catalogue = PeerCatalogue(server.url)
    yield catalogue
    await catalogue.close()


async def test_every_model_is_heard(server: CatalogueServer, peer: PeerCatalogue) -> None:
    server.has("mod_fine-arts", colour="red")
    model = ApplianceModel(
        id="mod_fine-arts", brand="Grundig", designation="FINE-ARTS", category="oven"
    )
    assert await peer.models() == (model,)
    assert server.asked == ["/models"]


async def test_a_catalogue_of_thousands_is_heard(
    server: CatalogueServer, peer: PeerCatalogue
) -> None:
    for number in range(20_000):
        server.has(f"mod_{number}")
    assert len(await peer.models()) == 20_000


MISBEHAVIOURS: dict[str, Misbehaviour] = {
    "garbage": lambda s: setattr(s, "raw", b"\xff<html>"),
    "nothing": lambda s: setattr(s, "raw", b""),
    "an array": lambda s: setattr(s, "raw", b"[]"),
    "models that are none": lambda s: setattr(s, "raw", b'{"models": "all"}'),
    "no models": lambda s: setattr(s, "raw", b'{"error": "database"}'),
    "an id that is none": lambda s: s.has("Fine Arts"),
    "an endless id": lambda s: s.has("mod_" + "a" * 5000),
    "a number for a name": lambda s: s.has("mod_a", brand=7),
    "a name of nothing": lambda s: s.has("mod_a", brand="  "),
    "a name with a NUL": lambda s: s.has("mod_a", designation="FLX\x00"),
    "half a character": lambda s: s.has("mod_a", designation="\ud800"),
    "a model twice": lambda s: (s.has("mod_a"), s.has("mod_a", category="hob")),
    "too many": lambda s: s.models.extend([{"id": "mod_a"}] * (MOST_MODELS + 1)),
    "ten megabytes": lambda s: setattr(s, "raw", b" " * 10_000_000),
    "an error": lambda s: setattr(s, "status", 500),
    "nothing new": lambda s: setattr(s, "status", 204),
    "a way elsewhere": lambda s: setattr(s, "status", 302),
    "silence": lambda s: s.hangs.set(),
    "a drip": lambda s: setattr(s, "drips", True),
}


@pytest.mark.parametrize("wrong", MISBEHAVIOURS.values(), ids=list(MISBEHAVIOURS))
async def test_what_cannot_be_used_is_no_answer_and_nobody_waits_for_it_for_long(
    server: CatalogueServer, peer: PeerCatalogue, wrong: Misbehaviour
) -> None:
    wrong(server)
    began = monotonic()
    with pytest.raises(CatalogueUnavailable):
        await peer.models()
    assert monotonic() - began < LIMIT
    assert server.asked == ["/models"]


async def test_while_it_is_away_hardly_anybody_asks(
    server: CatalogueServer, peer: PeerCatalogue
) -> None:
    server.status = 500
    for _ in range(3 * FAILURES):
        with pytest.raises(CatalogueUnavailable):
            await peer.models()
    assert FAILURES <= len(server.asked) <= FAILURES + 1


async def test_where_nobody_listens_there_is_no_answer() -> None:
    peer = PeerCatalogue(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(CatalogueUnavailable):
        await peer.models()
    await peer.close()
