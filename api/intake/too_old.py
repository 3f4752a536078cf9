"""What was accepted and could not be carried out for as long as first answers are kept: struck out,
and told to whoever sent it as any later refusal (docs/rules/states.md, Refused later)."""

import json

import structlog

from api.http.services import Services
from api.intake.as_it_came import unsealed
from api.intake.delivery import struck
from api.intake.files_waiting import swept
from api.intake.refused import REPORT, refused_over_http, refused_with
from models.db.events import EventReads
from models.db.intake.idempotency import KEPT
from models.errors import Conflict
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand

log = structlog.get_logger("api.intake.sending")

_CONFLICT = 409


async def struck_out(services: Services, command: LoggedCommand) -> bool:
    """Whether a command is too old to be carried out, and is not. What a person let go from
    quarantine is as old as that.

    Again after success: it is told once.

    Raises:
        Unavailable: it cannot be written down yet, and stays.
    """
    if services.clock() - command.due_since <= KEPT:
        return False
    if command.kind is CommandKind.HTTP and await _has_its_ticket(services, command):
        # Its ticket was told at once: what was written with it is kept however late.
        return False
    log.error("command_too_old", command=command.id, what=command.name)
    await _told(services, command)
    await swept(services, command)
    struck(services, command)
    services.waiting_room.leave(command.update_id)
    return True


async def _has_its_ticket(services: Services, command: LoggedCommand) -> bool:
    came = unsealed(services, command)
    report = None if came is None else REPORT.fullmatch(came.path)
    if came is None or report is None:
        return False
    said = json.loads(came.body)
    expert_id = said.get("expert_id") or came.principal.subject
    name = derived_id("cev", expert_id, said["client_event_id"])
    return bool(await services.reads.run(lambda s: EventReads(s).of_reports({report[1]}, {name})))


async def _told(services: Services, command: LoggedCommand) -> None:
    refusal = Conflict(
        "command-too-old", "It could not be carried out for 72 hours, and is not tried any more."
    )
    if command.kind is not CommandKind.HTTP:
        await refused_with(services, command, refusal)
    elif (came := unsealed(services, command)) is not None:
        problem = {"code": refusal.code, "detail": refusal.detail}
        await refused_over_http(services, came, command.update_id, _CONFLICT, problem)
