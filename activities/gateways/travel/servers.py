"""Which server for which kind."""

from typing import Literal

from activities.gateways.travel import MapServer
from activities.gateways.travel.osrm import Osrm
from activities.gateways.travel.valhalla import Valhalla


def map_server(kind: Literal["osrm", "valhalla"], url: str) -> MapServer:
    """The client of a map server."""
    match kind:
        case "osrm":
            return Osrm(url)
        case "valhalla":
            return Valhalla(url)
