"""Who knows the roads."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from models.settings.section import Section, Variable

Kind = Literal["osrm", "valhalla"]
_KINDS: Mapping[str, Kind] = {"osrm": "osrm", "valhalla": "valhalla"}


class MapAddress(NamedTuple):
    """Of which kind a map server is, and where."""

    kind: Kind
    url: str


class Maps(Section):
    """Who is asked how long ways take."""

    servers: Annotated[
        str,
        Variable(
            "MAP_SERVERS",
            "`osrm=` or `valhalla=` and a URL; several with blanks between them, asked in this"
            " order; none: ways are reckoned from distances",
        ),
    ] = ""

    @property
    def chain(self) -> Sequence[MapAddress]:
        """The servers in the order in which they are asked."""
        named = (entry.partition("=") for entry in self.servers.split())
        return [MapAddress(_KINDS[kind], url) for kind, _, url in named if kind in _KINDS]

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        entries = self.servers.split()
        if len(self.chain) != len(entries):
            yield "servers", "each begins with `osrm=` or `valhalla=`"
        if not all(is_address(address.url) for address in self.chain):
            yield "servers", "each names an `http://` or `https://` address"


def is_address(url: str) -> bool:
    """Whether a text is the address of a server."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
