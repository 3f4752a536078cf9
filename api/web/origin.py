"""Whether a request that changes something comes from a page of ours: the browser itself says so.

`Origin` and `Sec-Fetch-Site` are written by the browser and by no page. Every browser sends the
first with whatever is not a mere look, so a request without either comes from no page at all.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHERS = frozenset({"cross-site", "same-site"})


def is_from_our_page(method: str, headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a request only looks, or was sent by a page below `public_url`.

    Args:
        method: of HTTP.
        headers: of the request, by names in lower case.
        public_url: where people reach the door that is asked.
    """
    if method in _LOOKING:
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    own = urlsplit(public_url)
    if site in _OTHERS or origin not in (None, f"{own.scheme}://{own.netloc}"):
        return False
    return origin is not None or site is not None
