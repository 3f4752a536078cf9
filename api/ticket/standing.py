"""What a command on a ticket answers."""

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from api.ticket.schemas import PutOffView, TicketStandingView
from models.messages.ticket import TicketStanding

PUT_OFF: dict[str, Any] = {"responses": {202: {"model": PutOffView}}}


def standing_view(standing: TicketStanding) -> TicketStandingView:
    """Where the ticket stands."""
    return TicketStandingView(
        id=standing.ticket_id, status=standing.status, round=standing.round, seq=standing.seq
    )


def put_off(ticket_id: str) -> Response:
    """That it is kept, and will be carried out."""
    kept = PutOffView(id=ticket_id, effect="accepted")
    return JSONResponse(kept.model_dump(), 202)
