"""How people are shown a place on the map of their own choice: no map of ours, and no key
(docs/rules/routes.md, Maps)."""

from collections.abc import Mapping

from models.geography import Spot

_APPS: Mapping[str, str] = {
    "apple": "https://maps.apple.com/?daddr={lat},{lng}",
    "google": "https://www.google.com/maps/dir/?api=1&destination={lat},{lng}",
    "openstreetmap": "https://www.openstreetmap.org/directions?to={lat},{lng}",
    "waze": "https://www.waze.com/ul?ll={lat},{lng}&navigate=yes",
}


def geo_of(place: Spot | None) -> str | None:
    """A link that a phone opens its own map with (RFC 5870); none to a point that only stands for
    the address."""
    return _filled("geo:{lat},{lng}", place) if place and place.is_exact else None


def maps_of(place: Spot | None) -> Mapping[str, str]:
    """Links to the way there, by application; as `geo_of`, none where nobody knows the address."""
    if place is None or not place.is_exact:
        return {}
    return {app: _filled(link, place) for app, link in _APPS.items()}


def _filled(link: str, place: Spot) -> str:
    return link.format(lat=_plain(place.lat), lng=_plain(place.lng))


def _plain(degrees: float) -> str:
    """Six decimals at the most, a tenth of a metre, and no exponent."""
    return f"{round(degrees, 6) + 0.0:.6f}".rstrip("0").rstrip(".")
