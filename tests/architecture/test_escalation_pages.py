"""What people read about escalations lists every reason and every decision there is."""

import re
from collections.abc import Iterator, Mapping

import pytest

from models.escalation import EscalationReason
from models.rules.escalation.kind import Wants
from models.rules.escalation.registry import DECISIONS, KINDS
from tests.architecture.source import ROOT

GUIDE, API = (ROOT / "docs" / page for page in ("helpdesk.md", "api.md"))
TEMPLATE = ROOT / "api" / "web" / "desk" / "templates" / "escalation.html"
CODE = re.compile(r"`([A-Za-z_]+)`")
FOR_EVERY_REASON = {"Gather the facts again"}


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the last table below a heading."""
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_guide_explains_every_reason() -> None:
    listed = {reason for reason, *_ in rows(GUIDE.read_text(encoding="utf-8"), "The reasons")}
    assert listed == set(EscalationReason), "docs/helpdesk.md, The reasons: one row a reason"


def test_the_guide_explains_every_decision_by_its_label() -> None:
    listed = {label for label, *_ in rows(GUIDE.read_text(encoding="utf-8"), "The decisions")}
    labels = {decision.label for decision in DECISIONS.values()} | FOR_EVERY_REASON
    assert listed == labels, "docs/helpdesk.md, The decisions: one row a decision, by its label"


def test_the_page_of_the_api_lists_what_answers_each_reason() -> None:
    listed: Mapping[str, list[str]] = {
        reason: CODE.findall(actions)
        for reasons, actions in rows(API.read_text(encoding="utf-8"), "Escalations")
        for reason in CODE.findall(reasons)
    }
    true = {reason: [d.action for d in kind.decisions] for reason, kind in KINDS.items()}
    assert listed == true, "docs/api.md, Escalations: the actions in the order of their numbers"


@pytest.mark.parametrize("wants", [wants for wants in Wants if wants is not Wants.NOTHING])
def test_our_page_has_a_field_for_whatever_a_decision_wants(wants: Wants) -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert f'allowed.wants == "{wants}"' in text, "add its field to escalation.html of the desk"
