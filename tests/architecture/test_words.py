"""What has a word for each has a word for all: tables and the enums they speak of."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from activities.message.texts import templates
from activities.message.ticket.enclosures import ENCLOSURES
from activities.message.ticket.links import LINKS
from activities.message.ticket.occasion import MOMENTS
from api.catalogue.policies import PolicyName
from models.event import Audience
from models.events.every import EVENTS, SUBJECTS, kinds
from models.events.field import REPORTS
from models.field import FactKind
from models.promise.policy import Policies
from models.rules.message.notices import NOTICES
from models.rules.message.overtaking import JUDGES
from models.rules.message.reminding import LEADS
from models.rules.transitions import ALLOWED, PROGRESS, REACHED_BY, TicketCommand
from models.ticket import TicketStatus
from models.visit import AssignmentState, MatchState
from temporal.search_attributes import SEARCH_ATTRIBUTES, of_escalation, shown
from tests.architecture.source import ROOT, dotted, modules, name_of

PLAIN = (str, int, float, bool, type(None))
"""What a fact may be, or a list of them: the timeline shows it, and no letter need be rewritten."""


READERS = ("customers", "experts")


def makes_events(path: Path) -> bool:
    """Whether a module calls the event of `models/event.py` into being."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ours = dotted(path) == "models.event" or any(
        isinstance(node, ast.ImportFrom) and node.module == "models.event"
        for node in ast.walk(tree)
    )
    return ours and any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event"
        for node in ast.walk(tree)
    )


def calls() -> Iterator[tuple[str, str]]:
    """Every name that some code outside the declarations calls or hands on, with its module."""
    for path in modules():
        if path.parent.name == "events":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id, name_of(path)


def types_in(annotation: object) -> Iterator[object]:
    """The types that a fact may have."""
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for one in inner:
        yield from types_in(one)


def test_every_status_says_what_it_allows() -> None:
    assert set(ALLOWED) == set(TicketStatus)


def test_every_command_is_allowed_some_time() -> None:
    assert {command for allowed in ALLOWED.values() for command in allowed} == set(TicketCommand)


@pytest.mark.parametrize("status", TicketStatus)
def test_what_has_ended_allows_nothing_and_all_else_something(status: TicketStatus) -> None:
    assert bool(ALLOWED[status]) is not status.is_final


def test_every_report_leads_somewhere_on_the_way_of_an_assignment() -> None:
    assert set(FactKind) - set(REACHED_BY) == {FactKind.CANNOT_ARRIVE, FactKind.NEED_MORE_TIME}
    assert set(REACHED_BY.values()) <= set(PROGRESS)


def test_an_assignment_is_on_its_way_or_off_it() -> None:
    off = {AssignmentState.CANNOT_ARRIVE, AssignmentState.RELEASED}
    assert set(PROGRESS) | off == set(AssignmentState)
    assert len(set(PROGRESS)) == len(PROGRESS)


def test_every_audience_is_told_of_something() -> None:
    assert {tells.audience for tells in NOTICES.values()} == set(Audience)


def test_every_event_that_the_code_makes_is_declared_and_typed() -> None:
    """`happened` takes declared facts and mypy compares their names and types, so the one way round
    would be to make an event by hand."""
    assert {name_of(path) for path in modules() if makes_events(path)} == {"models/event.py"}


def test_every_event_that_is_declared_can_happen() -> None:
    reports = {declared.__name__ for declared in REPORTS.values()}
    made = {name for name, _ in calls()} | reports
    assert {declared.__name__ for declared in EVENTS.values()} - made == set()
    assert set(REPORTS) == set(FactKind)


def test_every_subject_that_declares_events_is_known() -> None:
    folder = ROOT / "models" / "events"
    declaring = {path.stem for path in folder.glob("*.py")} - {"__init__", "every"}
    assert {module.__name__.rpartition(".")[2] for module in SUBJECTS} == declaring
    named = [declared.kind for module in SUBJECTS for declared in kinds(module)]
    assert len(named) == len(EVENTS)


@pytest.mark.parametrize("kind", EVENTS)
def test_the_facts_of_an_event_are_plain_and_what_is_told_of_them_is_among_them(kind: str) -> None:
    declared = EVENTS[kind]
    for field in declared.model_fields.values():
        assert all(
            isinstance(one, type) and issubclass(one, PLAIN) for one in types_in(field.annotation)
        )
    told = declared.tells.facts if declared.tells else ()
    assert set(told) <= set(declared.model_fields)


def test_every_notice_has_its_words() -> None:
    assert {tells.template for tells in NOTICES.values()} - templates().keys() == set()


def test_every_text_is_told_by_some_event_reminds_of_it_or_takes_the_place_of_one_that_is() -> None:
    told = {tells.template for tells in NOTICES.values()}
    reminders = {f"{of}.{name}" for of in ("visit", "assignment") for name in LEADS}
    instead = {name: set(text.instead_of) for name, text in templates().items() if text.instead_of}
    assert templates().keys() == told | reminders | instead.keys()
    assert set.union(*instead.values()) <= told


def test_every_text_that_is_judged_is_there_and_what_takes_its_place_says_so() -> None:
    assert JUDGES.keys() - templates().keys() == set()
    rules = ROOT / "models" / "rules" / "message"
    judging = "".join((rules / f"for_{who}.py").read_text("utf-8") for who in READERS)
    named = set(re.findall(r'"((?:ticket|visit|assignment|payment)\.[a-z_]+)"', judging))
    assert named - templates().keys() == set()
    assert {name for name, text in templates().items() if text.instead_of} <= named


@pytest.mark.parametrize("template", templates())
def test_a_text_points_encloses_and_dates_by_names_that_its_occasion_knows(template: str) -> None:
    asked = templates()[template]
    assert bool(asked.link) is ("link" in asked.declared)
    assert asked.link in {"", *LINKS}
    assert asked.enclosure in {"", *ENCLOSURES}
    assert asked.moment in MOMENTS


def test_every_policy_can_be_changed() -> None:
    assert set(get_args(PolicyName)) == set(Policies.model_fields)


def test_every_search_attribute_is_registered_and_shown_or_set_at_the_start() -> None:
    tickets = {key.name for key, _ in shown(status="", zone=None, next_due=None)}
    escalations = {
        pair.key.name
        for pair in of_escalation(
            zone="berlin", urgency="normal", reason="PARTIAL", level=1, next_due=datetime.now(UTC)
        )
    }
    assert tickets | escalations == set(SEARCH_ATTRIBUTES)


def test_a_group_is_waiting_or_settled() -> None:
    settled = {MatchState.FINALISED, MatchState.CANCELLED}
    waiting = {m for m in MatchState if m not in settled}
    assert waiting | settled == set(MatchState)
