"""Valhalla, and whoever speaks like it: `POST /sources_to_targets`."""

from collections.abc import Sequence
from typing import Any

from activities.gateways.travel import Table, TravelUnavailable
from activities.gateways.travel.asking import answer_of, checked, client
from models.geography import Spot
from models.people.travel import TravelSource


class Valhalla:
    """A map server of the Valhalla kind."""

    source = TravelSource.VALHALLA

    def __init__(self, url: str) -> None:
        self._client = client(url)

    async def table(self, spots: Sequence[Spot]) -> Table:
        """See `MapServer`."""
        places = [{"lat": round(spot.lat, 5), "lon": round(spot.lng, 5)} for spot in spots]
        asked = self._client.build_request(
            "POST",
            "sources_to_targets",
            json={"sources": places, "targets": places, "costing": "auto"},
        )
        answer = await answer_of(self._client, asked)
        return checked(_seconds(answer.get("sources_to_targets")), len(spots))

    async def close(self) -> None:
        """See `MapServer`."""
        await self._client.aclose()


def _seconds(rows: Any) -> Any:
    """The times alone, of what is said of each way."""
    try:
        return [[way["time"] for way in row] for row in rows]
    except (TypeError, LookupError):
        raise TravelUnavailable("no-times") from None
