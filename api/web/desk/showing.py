"""One escalation on our own page: with names, numbers to call and the customer's own words, and
with whatever somebody had typed when it was refused."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple
from urllib.parse import quote
from uuid import uuid4

from fastapi import Request, Response

from api.escalation.schemas import EscalationDetail
from api.escalation.views import Papers, detailed, facts_by_name, papers
from api.http.services import Services
from api.web.desk.pages import page
from api.web.desk.session import Person
from models.actor import Role
from models.calendar import Window
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads
from models.errors import DomainError, Invalid, NotFound, Unavailable
from models.escalation import EscalationState
from models.rules.escalation.ending import ending_in_words
from models.rules.escalation.page import in_one_phrase
from models.rules.escalation.wording import local, moment, span, way
from models.visit import AssignmentState

_FIELDS = {"/params": "parameter"}
"""What our forms call otherwise than the API."""
_BEEN = (AssignmentState.DONE, AssignmentState.RELEASED)
NOT_SENT = "database-unavailable"
"""The one reason for late answers that stands before anything is sent."""


class Draft(NamedTuple):
    """What somebody typed into a form, by the names of its fields; `action` says into which."""

    action: str = ""
    fields: Mapping[str, str] = {}

    def kept(self, action: str, field: str) -> str:
        """What stood in a field of a form, to be shown there again."""
        return self.fields.get(field, "") if action == self.action else ""


class Outcome(NamedTuple):
    """What became of what somebody pressed: nothing is wrong, or what is."""

    refusal: DomainError | None = None
    wrong: Mapping[str, str] = {}
    """What is said of each field that cannot be taken, in the order of the form."""

    @property
    def is_pending(self) -> bool:
        """Whether it was sent and is kept, though nobody has said yet what became of it."""
        return isinstance(self.refusal, Unavailable) and self.refusal.code != NOT_SENT

    @property
    def status(self) -> int:
        """Of HTTP."""
        if isinstance(self.refusal, Unavailable):
            return 503
        if isinstance(self.refusal, Invalid):
            return 422
        return 409 if self.refusal else 422 if self.wrong else 200


BLANK, FINE = Draft(), Outcome()


def refused(refusal: DomainError, draft: Draft) -> Outcome:
    """A refusal, at the field of the form that is to blame, where one is."""
    field = _FIELDS.get(refusal.field or "", (refusal.field or "").removeprefix("/"))
    return Outcome(refusal, {field: here(refusal.detail)} if field in draft.fields else {})


def here(said: str) -> str:
    """What is said, on a page that is as things stand: no key shows it anew."""
    return said.replace("press R", "look below").replace("Press R", "Look below")


class Found(NamedTuple):
    """An escalation, and what only our own page shows beside it."""

    escalation: EscalationDetail
    papers: Papers
    tz: str
    facts: list[str]
    """By name, where pages without names have a number."""


async def found(services: Services, escalation_id: str) -> Found:
    """Everything about an escalation, in one look at the database.

    Raises:
        NotFound: `escalation-unknown`.
    """

    def read(session: Session) -> Found | None:
        asked = EscalationReads(session).escalation(escalation_id)
        if asked is None:
            return None
        zone = ReferenceReads(session).zone(asked.zone) if asked.zone else None
        tz = zone.tz if zone else "UTC"
        seen = detailed(session, asked), papers(session, asked)
        return Found(*seen, tz, facts_by_name(session, asked))

    known = await services.reads.run(read)
    if known is None:
        raise NotFound("escalation-unknown", "There is no such escalation.")
    return known


async def shown(
    request: Request,
    services: Services,
    person: Person,
    escalation_id: str,
    outcome: Outcome = FINE,
    draft: Draft = BLANK,
    template: str = "escalation.html",
) -> Response:
    """The page of an escalation, with what became of what was pressed on it."""
    escalation, about, tz, facts = await found(services, escalation_id)
    if draft.action in {a.action for a in escalation.allowed_actions if not a.possible}:
        # Its form is not there any more, and so is no field to go to.
        outcome = outcome._replace(wrong={})
    mine = escalation.claimed_by in (None, person.subject)
    return page(
        request,
        template,
        status=outcome.status,
        escalation=escalation,
        live=EscalationState(escalation.state).is_live,
        mine=mine,
        may_take_over=not mine and person.role is not Role.HELPDESK,
        papers=about,
        facts=facts,
        decided=_decided(escalation),
        ended=ending_in_words(escalation.because, escalation.closed_at, tz),
        been_there=bool(about.reports) or any(e.state in _BEEN for e in escalation.crew),
        outcome=outcome,
        detail=here(_by_name(outcome.refusal, person)) if outcome.refusal else "",
        here=here,
        draft=draft,
        form_id=draft.fields.get("form_id") or uuid4().hex,
        ui_link=f"/go/{quote(escalation.workflow_id, safe='')}",
        zones=services.reference.zones,
        local=partial(local, tz=tz),
        span=partial(_span, tz),
        start=partial(moment, tz=tz),
        travel=way,
    )


def _by_name(refusal: DomainError, person: Person) -> str:
    """Why it was not done; whoever reads that it was they themselves is told so."""
    if refusal.evidence.get("by") != person.subject:
        return refusal.detail
    return refusal.detail.replace(f"{person.subject} has", "You have", 1)


def _decided(escalation: EscalationDetail) -> str:
    """What was decided, in one phrase; nothing, where nobody did."""
    found = (a for a in escalation.allowed_actions if a.action == escalation.action)
    chosen = next(found, None)
    return in_one_phrase(chosen.label, chosen.wants, escalation.decided) if chosen else ""


def _span(tz: str, start: datetime, end: datetime | None) -> str:
    return span(Window(start=start, end=end), tz) if end else local(start, tz)


def address(escalation_id: str) -> str:
    """Where an escalation is shown."""
    return f"/desk/escalations/{escalation_id}"
