"""Answers that a phone keeps: whoever has one still is told so, and sent nothing."""

import re
from hashlib import sha256
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel

_TAG = '(W/)?"[!#-~]{0,80}"'
_OPAQUE = re.compile('"[!#-~]*"')
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        pattern=f"^([*]|{_TAG}( ?, ?{_TAG}){{0,9}})$",
        description="The ETag of what you have: 304 without a body, if it is still so.",
    ),
]


def unless_known(view: BaseModel, if_none_match: str | None) -> Response:
    """What is shown, with its tag; 304, if its reader has it as it is."""
    document = view.model_dump_json()
    tag = f'"{sha256(document.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match == "*" or tag in _OPAQUE.findall(if_none_match or ""):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type="application/json", headers=headers)
