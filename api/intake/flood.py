"""Tickets that nobody can act upon: so many of one customer, and not more (docs/api.md, Traces and
limits)."""

import structlog
from fastapi import Request

from api.http.auth import Principal
from api.http.limits import limits_of
from api.http.repeats import is_repeat
from api.http.services import Services
from api.ticket.schemas import NewTicket
from models.actor import Role
from models.db.intake.rates import Filer
from models.errors import Invalid, RateLimited
from models.rules.promise.coverage import coverage_of

log = structlog.get_logger("api.intake.flood")


async def admit_if_actionable(
    services: Services, request: Request, new: NewTicket, principal: Principal
) -> None:
    """Let a ticket in that somebody can act upon, at any time; and of others of one customer, so
    many. What staff files is let in: they speak to their caller. What cannot be found out, because
    the records are away, is let in and judged when the ticket is admitted.

    Raises:
        RateLimited: `too-many-unactionable-tickets`, unless it was filed before.
    """
    if principal.role is not Role.CUSTOMER:
        return
    filer: Filer | None = getattr(request.state, "filer", None)
    if new.slots and (filer is None or _is_covered(services, filer, new)):
        return
    try:
        caller = f"{principal.role} {principal.subject}"
        await limits_of(request).admit_unactionable(request, caller)
    except RateLimited:
        if not await is_repeat(request, principal.role, principal.subject):
            log.info("unactionable_refused", customer_id=principal.subject)
            raise


def _is_covered(services: Services, filer: Filer, new: NewTicket) -> bool:
    try:
        category = services.reference.category(new.model_id, new.category)
    except Invalid:
        # It is refused for that, or was filed when it was known.
        return True
    return coverage_of(filer.plans, category).coverage.allows_finalising
