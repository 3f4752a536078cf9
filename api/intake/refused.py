"""What was accepted and is refused later, when it is asked again behind everybody's back: written
down for whoever sent it before it is forgotten (docs/rules/states.md, Refused later).

Whoever asks again by themselves meanwhile has the refusal as their answer.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from api.http.repeats import scope_of_request
from api.http.services import Services
from api.intake.as_it_came import KEY, PutOff
from api.intake.files_waiting import FILE
from api.intake.late_reports import report_in
from api.intake.wording import in_our_words, not_taken
from models.actor import Role
from models.db.engine import Session
from models.db.events import EventReads
from models.db.intake.refused import note_refusal
from models.db.visit.files import file_id
from models.db.visit.late import kept_after_the_end
from models.db.visit.proof import FileReads
from models.db.visit.reads import VisitReads
from models.db.visit.refused import RefusedReport, RefusedReports
from models.db.visit.reports import known_by, unnamed
from models.errors import Category, DomainError, domain_error
from models.event import Cause
from models.events.ticket import RequestRefused
from models.events.visit import VisitReportRefused
from models.field import FactKind, StartCode
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from models.messages.visit import ReportVisit
from temporal.ids import ticket_of

REPORT = re.compile(r"/v1/visits/(vis_[0-9a-f-]{36})/events")
_REQUEST = re.compile(r"/v1/tickets/(tkt_[0-9a-f-]{36})/?(|cancel|slots)")
_MOVE = re.compile(r"/v1/visits/(vis_[0-9a-f-]{36})/reschedule")
_ASKED = {"": "enrich", "cancel": "cancel", "slots": "change_slots"}
"""The update of a ticket that a request for it comes to, by the end of its path."""
_MOVED = "move_visit"
_TOLD = frozenset({*_ASKED.values(), _MOVED})
"""The updates whose refusal is told."""
TOO_OLD = "command-too-old"
"""The code of what is struck out."""
_OVER = frozenset({"ticket-closed", "ticket-unknown", TOO_OLD})
"""The refusals after which a ticket may be over, so that a report is kept beside it: its history
may be deleted by then."""
_NAMED_SINCE = timedelta(days=30)
_CATEGORIES = {
    403: Category.FORBIDDEN,
    404: Category.NOT_FOUND,
    409: Category.CONFLICT,
    412: Category.CONFLICT,
}


async def refused_by_its_ticket(
    services: Services, command: LoggedCommand, error: Exception
) -> None:
    """Write down that a workflow has refused a command that was left for it.

    Again after success: each of it is there once.

    Raises:
        Unavailable: it cannot be written down yet.
    """
    said = in_our_words(error)
    refusal = said if isinstance(said, DomainError) else not_taken()
    await refused_with(services, command, refusal)


async def refused_with(services: Services, command: LoggedCommand, refusal: DomainError) -> None:
    """Write down why a command for a workflow comes to nothing.

    Raises:
        Unavailable: as `refused_by_its_ticket`.
    """
    at, ticket_id = services.clock(), ticket_of(command.workflow_id)
    if (fact := report_in(command)) is not None:
        await services.reads.write(lambda s: _report_refused(s, ticket_id, fact, refusal, at))
    elif command.kind is CommandKind.UPDATE and command.name in _TOLD:
        by = Cause.model_validate(json.loads(command.argument)["by"])
        refused = _request(command.name, refusal, by)
        about = (ticket_id, command.update_id, refused, by, at)
        await services.reads.write(lambda s: note_refusal(s, *about))


async def refused_over_http(
    services: Services, came: PutOff, name: str, status: int, problem: Mapping[str, Any]
) -> None:
    """Write down that a request that was put off is refused, by the document that says so.

    Args:
        services: whom it goes through.
        came: the request.
        name: what makes it this request.
        status: of the answer.
        problem: the document.

    Raises:
        Unavailable: as `refused_by_its_ticket`.
    """
    at, refusal = services.clock(), _of_document(status, problem)
    if (report := REPORT.fullmatch(came.path)) is not None:
        visit_id = report[1]
        await services.reads.write(lambda s: _put_off_report(s, came, visit_id, name, refusal, at))
    elif (file := FILE.fullmatch(came.path)) is not None:
        visit_id, sha256 = file.groups()
        await services.reads.write(lambda s: _put_off_file(s, came, visit_id, sha256, refusal, at))
    elif (request := _REQUEST.fullmatch(came.path)) is not None:
        ticket_id, asked = request[1], _ASKED[request[2]]
        await services.reads.write(
            lambda s: _put_off_request(s, came, ticket_id, asked, refusal, at)
        )
    elif (move := _MOVE.fullmatch(came.path)) is not None:
        moved = move[1]
        await services.reads.write(lambda s: _put_off_move(s, came, moved, refusal, at))


def _put_off_move(
    session: Session, came: PutOff, visit_id: str, refusal: DomainError, at: datetime
) -> None:
    """Of a visit that is not there nobody has a ticket."""
    if (visit := VisitReads(session).visit(visit_id)) is not None:
        _put_off_request(session, came, visit.ticket_id, _MOVED, refusal, at)


def _put_off_request(
    session: Session,
    came: PutOff,
    ticket_id: str,
    asked: str,
    refusal: DomainError,
    at: datetime,
) -> None:
    """Named as the update that it comes to: left for the ticket, it is the same request."""
    who, key = came.principal, dict(came.headers)[KEY]
    scope = scope_of_request(came.method, came.path, who.role, who.subject, key)
    by = Cause(actor=who.actor)
    update_id = derived_id("upd", ticket_id, scope)
    note_refusal(session, ticket_id, update_id, _request(asked, refusal, by), by, at)


def _request(asked: str, refusal: DomainError, by: Cause) -> RequestRefused:
    theirs = by.actor.role is Role.CUSTOMER
    return RequestRefused(asked=asked, refusal=refusal.code, theirs=theirs)


def _report_refused(
    session: Session, ticket_id: str, fact: ReportVisit, refusal: DomainError, at: datetime
) -> None:
    """A report that its ticket refuses. Its name stands for it no more, as if it had been refused
    at once; where it does not any more, its sender has had the answer."""
    name = known_by(session, fact.expert_id, fact.client_event_id, at - _NAMED_SINCE)
    if name is None:
        _never_kept(session, ticket_id, fact, refusal, at)
        return
    taken = EventReads(session).of_reports({fact.visit_id}, {fact.client_event_id})
    if refusal.code == TOO_OLD and taken:
        # Its ticket took it, and nobody had heard the answer.
        return
    if refusal.code in _OVER and kept_after_the_end(session, ticket_id, fact, at):
        return
    is_wrong = fact.particulars.start_code not in (None, StartCode.RIGHT)
    if refusal.code == "start-code-wrong" and is_wrong:
        # It is taken all the same, as a fact.
        return
    unnamed(session, name)
    report = RefusedReport(
        **name.model_dump(include={"expert_id", "client_event_id", "content"}),
        visit_id=fact.visit_id,
        kind=fact.kind,
        occurred_at=fact.phone_time or fact.occurred_at,
        refused_at=at,
        **_said(refusal),
    )
    _keep(session, ticket_id, report, fact.by, is_own=fact.by.actor.id == fact.expert_id)


def _never_kept(
    session: Session, ticket_id: str, fact: ReportVisit, refusal: DomainError, at: datetime
) -> None:
    """What the helpdesk reports of somebody who was never assigned has no name; whoever sent it is
    in the ticket's timeline told."""
    is_own = fact.by.actor.id == fact.expert_id
    if is_own or VisitReads(session).was_assigned(fact.expert_id, fact.visit_id):
        return
    name = derived_id("rfr", fact.expert_id, fact.client_event_id, fact.visit_id)
    facts = VisitReportRefused(
        visit_id=fact.visit_id,
        expert_id=fact.expert_id,
        reported=fact.kind,
        client_event_id=fact.client_event_id,
        code=refusal.code,
    )
    note_refusal(session, ticket_id, name, facts, fact.by, at)


def _put_off_report(
    session: Session, came: PutOff, visit_id: str, name: str, refusal: DomainError, at: datetime
) -> None:
    said, who = json.loads(came.body), came.principal
    kind = said.get("type")
    report = RefusedReport(
        expert_id=said.get("expert_id") or who.subject,
        client_event_id=said["client_event_id"],
        content=came.content or name,
        visit_id=visit_id,
        kind=None if kind is None else FactKind(kind),
        occurred_at=said["occurred_at"],
        refused_at=at,
        **_said(refusal),
    )
    _keep_if_theirs(session, came, report)


def _put_off_file(
    session: Session, came: PutOff, visit_id: str, sha256: str, refusal: DomainError, at: datetime
) -> None:
    """A file is shown by its hash, which is what its phone calls it by."""
    known, sender = FileReads(session).file(visit_id, sha256), came.principal.subject
    is_own = came.principal.role is Role.EXPERT
    report = RefusedReport(
        expert_id=sender if is_own or known is None else known.experts[0],
        client_event_id=sha256,
        content=file_id(visit_id, sha256),
        visit_id=visit_id,
        kind=None,
        occurred_at=came.asked_at,
        refused_at=at,
        **_said(refusal),
    )
    _keep_if_theirs(session, came, report)


def _keep_if_theirs(session: Session, came: PutOff, report: RefusedReport) -> None:
    """The ticket hears nothing of what a stranger sent."""
    visit = VisitReads(session).visit(report.visit_id)
    is_theirs = visit is not None and report.code != "visit-unknown"
    ticket_id = visit.ticket_id if visit and is_theirs else None
    who = came.principal
    _keep(session, ticket_id, report, Cause(actor=who.actor), is_own=who.role is Role.EXPERT)


def _keep(
    session: Session, ticket_id: str | None, report: RefusedReport, by: Cause, *, is_own: bool
) -> None:
    """For whoever sent it: an expert in what they read of their work, everybody who may see the
    ticket in its timeline."""
    if is_own:
        RefusedReports(session).keep(report)
    if ticket_id is None:
        return
    facts = VisitReportRefused(
        visit_id=report.visit_id,
        expert_id=report.expert_id,
        reported=FactKind(report.kind) if report.kind else None,
        client_event_id=derived_id("cev", report.expert_id, report.client_event_id),
        code=report.code,
    )
    note_refusal(session, ticket_id, report.id, facts, by, report.refused_at)


def _said(refusal: DomainError) -> dict[str, Any]:
    return {
        "category": refusal.category,
        "code": refusal.code,
        "detail": refusal.detail,
        "field": refusal.field,
        "evidence": refusal.evidence,
    }


def _of_document(status: int, problem: Mapping[str, Any]) -> DomainError:
    """The refusal that a document tells of, with the first place that it blames."""
    place: Mapping[str, str] = next(iter(problem.get("errors", ())), {})
    return domain_error(
        _CATEGORIES.get(status, Category.INVALID),
        problem["code"],
        problem["detail"],
        place.get("pointer", place.get("parameter")),
        problem.get("evidence", {}),
    )
