"""What has a word for each has a word for all: tables and the enums they speak of."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

import pytest

from activities.message.texts import templates
from api.catalogue.routes import PolicyName
from models.promise.policy import Policies
from models.rules.message.notices import NOTICES, Audience
from models.rules.transitions import ALLOWED, PROGRESS, REACHED_BY, TicketCommand
from models.ticket import TicketStatus
from models.visit import AssignmentState, FactKind, MatchState
from temporal.search_attributes import SEARCH_ATTRIBUTES, of_escalation, shown
from tests.architecture.source import modules


def events() -> set[str]:
    """The events that some code makes happen."""
    reported = {f"visit.{kind}" for kind in FactKind}
    return reported.union(*(_events(ast.parse(p.read_text(encoding="utf-8"))) for p in modules()))


def _events(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            words = [*node.args, *(k.value for k in node.keywords)]
            for word in words:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield word.value


def test_every_status_says_what_it_allows() -> None:
    assert set(ALLOWED) == set(TicketStatus)


def test_every_command_is_allowed_some_time() -> None:
    assert {command for allowed in ALLOWED.values() for command in allowed} == set(TicketCommand)


@pytest.mark.parametrize("status", TicketStatus)
def test_what_has_ended_allows_nothing_and_all_else_something(status: TicketStatus) -> None:
    assert bool(ALLOWED[status]) is not status.is_final


def test_every_report_leads_somewhere_on_the_way_of_an_assignment() -> None:
    assert set(REACHED_BY) == set(FactKind)
    assert set(REACHED_BY.values()) <= set(PROGRESS)


def test_an_assignment_is_on_its_way_or_off_it() -> None:
    off = {AssignmentState.CANNOT_ARRIVE, AssignmentState.RELEASED}
    assert set(PROGRESS) | off == set(AssignmentState)
    assert len(set(PROGRESS)) == len(PROGRESS)


def test_every_audience_is_told_of_something() -> None:
    assert {audience for audience, _ in NOTICES.values()} == set(Audience)


def test_every_notice_has_its_event_and_its_words() -> None:
    assert set(NOTICES) - events() == set()
    assert {template for _, template in NOTICES.values()} - templates().keys() == set()


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
