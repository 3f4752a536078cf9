"""The first page: who you are, and ready ways into the Temporal UI."""

from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from api.http.dependencies import With
from api.web.desk.pages import page
from models.escalation import LADDER

_OPEN = '`WorkflowType`="Escalation" AND `ExecutionStatus`="Running"'

router = APIRouter()


class Link(NamedTuple):
    """Where a person can go."""

    words: str
    address: str


def escalations_link(namespace: str, words: str, further: str = "") -> Link:
    """The list of open escalations in the Temporal UI, all of them or `further` restricted.

    Never with ORDER BY: the UI answers that with an error page.
    """
    query = f"{_OPEN} AND {further}" if further else _OPEN
    place = f"/namespaces/{quote(namespace, safe='')}/workflows"
    return Link(words, f"{place}?query={quote(query, safe='')}")


@router.get("/desk")
async def start(request: Request, services: With) -> Response:
    """Who is logged in, and where to go from here."""
    namespace = services.temporal_namespace
    return page(
        request,
        "start.html",
        everything=[escalations_link(namespace, "All open escalations")],
        levels=[
            escalations_link(namespace, f"Level {n}: {role}", f"`EscalationLevel`={n}")
            for n, role in enumerate(LADDER, start=1)
        ],
        zones=[
            escalations_link(namespace, zone, f'`Zone`="{zone}"')
            for zone in services.reference.zones
        ],
    )
