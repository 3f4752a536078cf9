"""Tickets brought to a point of their lives by the rules themselves, without a server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Actor, Role
from models.calendar import Window
from models.errors import DomainError
from models.event import Cause
from models.field import ContactAttempt, FactKind, Hindrance, Particulars, Shortfall
from models.messages.matching import Propose, ScheduledVisit, Settlement, StaffedPosition
from models.messages.ticket import Admission, OpenTicket
from models.messages.visit import ReportVisit
from models.promise.policy import NORMAL, Policies
from models.rules.matching import proposing
from models.rules.matching.settling import settled
from models.rules.ticket import intake
from models.rules.visit import fieldwork
from models.ticket import Channel, Coverage, Ticket, Urgency
from models.visit import MatchState, Position

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday morning."""
HOUR = timedelta(hours=1)
LENGTH = timedelta(minutes=90)
UNHURRIED = NORMAL.but(
    report_lead=720 * HOUR,
    early_completion=720 * HOUR,
    longest_work=720 * HOUR,
    correction_window=timedelta(0),
)
"""The policies of stories that are told in one moment: a visit of tomorrow is reported on today,
and what is done is done."""
Written = tuple[str, str, dict[str, Any]]
"""An event: what happened, who did it, and its facts."""


def named(prefix: str, number: int) -> str:
    """An id such as `vis_00000000-0000-7000-8000-000000000001`."""
    return f"{prefix}_00000000-0000-7000-8000-{number:012d}"


TICKET, CUSTOMER = named("tkt", 1), named("cus", 1)
VISIT, GROUP, PROPOSAL = named("vis", 1), named("grp", 1), named("prp", 1)
ANNA, BEN = named("exp", 1), named("exp", 2)
HELPDESK = Cause(actor=Actor(role=Role.HELPDESK, id="usr_helpdesk"))
BY_CUSTOMER = Cause(actor=Actor(role=Role.CUSTOMER, id=CUSTOMER))
DESK, HOUSE = HELPDESK.actor.id, SYSTEM.id
"""Who did something: a person at the helpdesk, or nobody."""


def by(expert: str) -> Cause:
    """An expert wants something."""
    return Cause(actor=Actor(role=Role.EXPERT, id=expert))


def between(first: float, last: float) -> Window:
    """From so many hours after NOW to so many."""
    return Window(start=NOW + first * HOUR, end=NOW + last * HOUR)


def filed(*slots: Window, urgency: Urgency = Urgency.NORMAL) -> Ticket:
    """As the customer filed it."""
    return intake.opened(
        OpenTicket(
            ticket_id=TICKET,
            customer_id=CUSTOMER,
            by=BY_CUSTOMER,
            channel=Channel.WEB,
            urgency=urgency,
            opened_at=NOW,
            slots=slots or (between(24, 36),),
            model_id=None,
            category="refrigerator",
            model_text_given=False,
            sealed="",
            fingerprint="",
        )
    )


def with_filing(ticket: Ticket, **changes: Any) -> Ticket:
    """The ticket as if it had been filed otherwise."""
    return ticket.but(filing=ticket.filing.but(**changes))


def with_promise(ticket: Ticket, **changes: Any) -> Ticket:
    """The ticket as if something else had been promised."""
    return ticket.but(promise=ticket.promise.but(**changes))


def with_matching(ticket: Ticket, **changes: Any) -> Ticket:
    """The ticket as if it had been staffed otherwise."""
    return ticket.but(matching=ticket.matching.but(**changes))


def with_doubts(ticket: Ticket, **changes: Any) -> Ticket:
    """The ticket as if something else were in doubt."""
    return ticket.but(doubts=ticket.doubts.but(**changes))


def admitted(
    coverage: Coverage = Coverage.COVERED,
    skills: tuple[str, ...] = ("refrigeration",),
    policies: Policies = UNHURRIED,
    zone: str | None = "berlin",
) -> Ticket:
    """Looked up: it waits for experts, or for the helpdesk where no plan covers it."""
    admission = Admission(
        zone=zone,
        category="refrigerator",
        plan_id=None,
        coverage=coverage,
        duration=LENGTH,
        positions=tuple(Position(idx=i, skill=s) for i, s in enumerate(skills)),
        policies=policies,
    )
    return intake.admitted(filed(), admission, VISIT, GROUP, NOW)


def offer(number: int = 1, expert: str = ANNA, *windows: Window, visit: str = VISIT) -> Propose:
    """An expert's offer, for the whole of the customer's time."""
    return Propose(
        proposal_id=named("prp", number),
        visit_id=visit,
        expert_id=expert,
        windows=windows or (between(24, 36),),
        by=by(expert),
    )


def proposed(ticket: Ticket, number: int = 1, expert: str = ANNA) -> Ticket:
    """One more expert has made a proposal."""
    return proposing.proposed(ticket, offer(number, expert), NOW)


def scheduled(
    *experts: str, skills: tuple[str, ...] = ("refrigeration",), policies: Policies = UNHURRIED
) -> Ticket:
    """Settled for tomorrow, with one expert a skill."""
    crew = experts or (ANNA,)
    ticket = admitted(skills=skills, policies=policies)
    for number, expert in enumerate(crew, start=1):
        ticket = proposed(ticket, number, expert)
    settlement = Settlement(
        match_state=MatchState.FINALISED,
        starts=(ScheduledVisit(visit_id=VISIT, start=NOW + 24 * HOUR),),
        crew=tuple(
            StaffedPosition(
                assignment_id=f"asg_{index}",
                visit_id=VISIT,
                position=index,
                expert_id=expert,
                proposal_id=named("prp", index + 1),
            )
            for index, expert in enumerate(crew)
        ),
    )
    [group] = ticket.matching.groups
    ticket = ticket.with_group(group.but(needs_matching=False))
    return settled(ticket, GROUP, settlement, NOW)


SAID = {
    FactKind.CANNOT_ARRIVE: Particulars(hindrance=Hindrance.VEHICLE),
    FactKind.CANNOT_ENTER: Particulars(attempts=(ContactAttempt(channel="phone", at=NOW),)),
    FactKind.NEED_MORE_TIME: Particulars(minutes=30),
    FactKind.INCOMPLETE: Particulars(shortfall=Shortfall.NEEDS_PARTS),
}
"""What reports say of themselves, by their kind."""


def fact(
    kind: FactKind,
    expert: str = ANNA,
    at: datetime = NOW,
    name: str | None = None,
    **said: Any,
) -> ReportVisit:
    """A report from the field; `said` is what it says beside its kind."""
    return ReportVisit(
        particulars=SAID.get(kind, Particulars()).but(**said),
        visit_id=VISIT,
        kind=kind,
        expert_id=expert,
        occurred_at=at,
        client_event_id=name or f"{expert}-{kind}",
        by=by(expert),
    )


def after(ticket: Ticket, *kinds: FactKind, expert: str = ANNA, at: datetime = NOW) -> Ticket:
    """The ticket after an expert reported some things."""
    for kind in kinds:
        ticket, _ = fieldwork.reported(ticket, fact(kind, expert, at), at)
    return ticket


def completed(policies: Policies = UNHURRIED) -> Ticket:
    """The work is done."""
    return after(scheduled(policies=policies), FactKind.STARTED, FactKind.COMPLETED)


def happenings(ticket: Ticket) -> list[str]:
    """What happened, in order."""
    return [event.type for event in ticket.news]


def written(ticket: Ticket, before: Ticket | None = None) -> list[Written]:
    """What was written down, all of it or since an earlier state: what, by whom, with which
    facts."""
    known = before.seq if before else 0
    return [(e.type, e.actor.id, e.data) for e in ticket.news if e.seq > known]


def refused(act: Callable[[], object]) -> tuple[type[DomainError], str, str | None, dict[str, Any]]:
    """How something is refused, in a sentence: the kind, the code, the field to blame and the
    evidence."""
    with pytest.raises(DomainError) as refusal:
        act()
    told = refusal.value
    names = (told.field or "").removeprefix("/"), told.evidence.get("by", "")
    assert is_sentence(told.detail, *filter(None, names)), told.detail
    return type(told), told.code, told.field, told.evidence


def is_sentence(detail: str, *names: str) -> bool:
    """Whether a person is told something in a whole sentence; one may begin with a name."""
    begins = any(letter.isupper() for letter in detail) or detail.startswith(names)
    return begins and detail.endswith(".") and not detail.isupper()
