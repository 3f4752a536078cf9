"""What a browser says about where a request comes from."""

import pytest

from api.web.origin import is_from_our_page

OURS = "https://desk.example"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": OURS}, True),
        ({"origin": OURS, "sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
        ({"origin": "https://desk.example.evil.example"}, False),
        ({"origin": "https://desk.example:8443"}, False),
        ({"origin": "http://desk.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": OURS, "sec-fetch-site": "cross-site"}, False),
        ({"origin": OURS, "sec-fetch-site": "same-site"}, False),
        ({}, False),
    ],
)
def test_a_form_counts_if_a_page_of_ours_sent_it(headers: dict[str, str], ours: bool) -> None:
    assert is_from_our_page("POST", headers, OURS) is ours
    assert is_from_our_page("POST", headers, f"{OURS}/below/") is ours


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "post", "QUERY"])
def test_whatever_may_change_something_is_asked(method: str) -> None:
    assert not is_from_our_page(method, {"origin": "https://evil.example"}, OURS)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_only_looks_may_come_from_anywhere(method: str) -> None:
    assert is_from_our_page(method, {"origin": "https://mail.example"}, OURS)
