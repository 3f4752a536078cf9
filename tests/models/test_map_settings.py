"""Who knows the roads, as a process is told."""

import pytest

from models.settings.maps import Maps


def read(servers: str) -> Maps | list[str]:
    return Maps.read({"MAP_SERVERS": servers})


@pytest.mark.parametrize(
    ("servers", "chain"),
    [
        ("", []),
        ("osrm=http://maps:5000", [("osrm", "http://maps:5000")]),
        (
            " valhalla=https://v.example/a?b=c  osrm=http://[::1]:5000 ",
            [("valhalla", "https://v.example/a?b=c"), ("osrm", "http://[::1]:5000")],
        ),
    ],
)
def test_the_servers_are_asked_in_the_order_in_which_they_stand(
    servers: str, chain: list[tuple[str, str]]
) -> None:
    told = read(servers)
    assert isinstance(told, Maps)
    assert told.chain == chain


@pytest.mark.parametrize(
    ("servers", "rule"),
    [
        ("http://maps:5000", "each begins with"),
        ("osrm:http://maps", "each begins with"),
        ("google=https://maps.example", "each begins with"),
        ("osrm=http://a valhalla=b", "each names an"),
        ("osrm=", "each names an"),
        ("osrm=ftp://maps", "each names an"),
        ("osrm=http://", "each names an"),
        ("osrm=http://maps:port", "each names an"),
        ("osrm=http://[maps", "each names an"),
    ],
)
def test_a_server_that_cannot_be_asked_is_named_with_its_rule(servers: str, rule: str) -> None:
    wrong = read(servers)
    assert isinstance(wrong, list)
    assert [line.startswith(f"MAP_SERVERS: {rule}") for line in wrong] == [True]
