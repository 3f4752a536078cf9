"""Start codes that are given while the customer is there to be asked: nobody guesses for ever."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from api.http import asking
from api.http.services import Services
from models.db.visit.start_codes import taken, was_not_looked_at, was_right
from models.errors import Forbidden
from models.field import BEGINNINGS, StartCode
from models.messages.visit import ReportVisit
from models.rules.visit.start_code import is_held_to_code

_NO_CODE = (None, StartCode.MISSING)


@asynccontextmanager
async def code_looked_at(
    services: Services, fact: ReportVisit, received_at: datetime
) -> AsyncIterator[None]:
    """Count the code of a report before its ticket looks at it, and take that back where it was
    right, or nothing was said of it. What was put off was accepted, whatever its code.

    Raises:
        Forbidden: `start-code-locked`: too many were wrong.
    """
    code, visit_id, expert_id = fact.particulars.start_code, fact.visit_id, fact.expert_id
    is_given = fact.kind in BEGINNINGS and code not in _NO_CODE
    if not is_given or asking.is_put_off() or not is_held_to_code(fact, received_at):
        yield
        return
    now = services.clock()
    until = await services.reads.write(lambda s: taken(s, visit_id, expert_id, now))
    if until is not None:
        raise _locked(until)
    is_right = is_wrong = False
    try:
        yield
        is_right = code is StartCode.RIGHT
    except Forbidden as refusal:
        is_wrong = refusal.code == "start-code-wrong"
        raise
    finally:
        if not is_wrong:
            known = was_right if is_right else was_not_looked_at
            await services.reads.settle(lambda s: known(s, visit_id, expert_id))


def _locked(until: datetime) -> Forbidden:
    return Forbidden(
        "start-code-locked",
        "Too many codes were wrong. Wait, or have the helpdesk begin for you.",
        field="/start_code",
        until=until.isoformat(),
    )
