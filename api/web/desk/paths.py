"""Where a login leads back to: a page of this desk and nowhere else."""

import re
from urllib.parse import quote, urlsplit

from fastapi import Request

START = "/desk"
_LONGEST = 2000
_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_NEVER = ("/login", "/logout", "/oidc/", "/api/")


def safe_path(wanted: str | None, public_url: str) -> str:
    """The wanted page if it is one of ours, by path or by whole address; else the start page."""
    path = (wanted or "").removeprefix(public_url)
    if len(path) > _LONGEST or not _PLAIN.fullmatch(path) or path.startswith(_NEVER):
        return START
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else START


def login_path(request: Request) -> str:
    """The login that leads back to this page."""
    wanted = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return "/login?next=" + quote(f"{wanted}?{query}" if query else wanted, safe="")
