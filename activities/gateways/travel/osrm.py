"""OSRM, and whoever speaks like it: `GET /table/v1/driving/{lng},{lat};...`."""

from collections.abc import Sequence

from activities.gateways.travel import Table, TravelUnavailable
from activities.gateways.travel.asking import answer_of, checked, client
from models.geography import Spot
from models.people.travel import TravelSource


class Osrm:
    """A map server of the OSRM kind."""

    source = TravelSource.OSRM

    def __init__(self, url: str) -> None:
        self._client = client(url)

    async def table(self, spots: Sequence[Spot]) -> Table:
        """See `MapServer`."""
        places = ";".join(f"{spot.lng:.5f},{spot.lat:.5f}" for spot in spots)
        asked = self._client.build_request(
            "GET", f"table/v1/driving/{places}", params={"annotations": "duration"}
        )
        answer = await answer_of(self._client, asked)
        if answer.get("code") != "Ok":
            raise TravelUnavailable("refused")
        return checked(answer.get("durations"), len(spots))

    async def close(self) -> None:
        """See `MapServer`."""
        await self._client.aclose()
