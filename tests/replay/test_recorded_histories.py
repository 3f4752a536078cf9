"""What was decided last month is decided again, and nobody's name was ever part of it."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from models.rules.transitions import status_of
from tests.replay.canaries import canaries, spoken_in, texts
from tests.replay.mutated import ForgetfulTicket, HastyTicket, HesitantTicket, SlowBilling
from tests.replay.record import HISTORIES, MANIFEST
from tests.replay.scenarios import DESCRIPTION, SCENARIOS
from workers.histories import from_file, replayer
from workers.roster import WORKFLOWS
from workers.tools.timetravel import travelled

RECORDED: dict[str, dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))
CANARIES = canaries()


def file_of(name: str) -> Path:
    return HISTORIES / f"{name}.json"


@pytest.mark.parametrize("name", RECORDED)
async def test_a_recorded_history_replays_to_the_state_it_ended_in(name: str) -> None:
    journey = await travelled(from_file(file_of(name)))
    assert journey.failure is None
    ticket, recorded = journey.ticket, RECORDED[name]
    ended = (status_of(ticket), ticket.seq) if ticket else (None, None)
    assert ended == (recorded["status"], recorded["seq"])


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_history_names_nobody(name: str) -> None:
    assert spoken_in(file_of(name).read_text(encoding="utf-8"), CANARIES) == []


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_history_is_as_it_was_recorded(name: str) -> None:
    assert hashlib.sha256(file_of(name).read_bytes()).hexdigest() == RECORDED[name]["sha256"]


def test_every_scenario_and_every_workflow_has_a_history() -> None:
    assert {path.stem for path in HISTORIES.glob("*.json")} - {MANIFEST.stem} == set(RECORDED)
    assert {s.__name__ for s in SCENARIOS} <= set(RECORDED)
    assert {kept["type"] for kept in RECORDED.values()} == {
        workflow.__temporal_workflow_definition.name for workflow in WORKFLOWS
    }


@pytest.mark.parametrize(
    ("name", "mutated"),
    [
        ("whole_life", HesitantTicket),
        ("whole_life", ForgetfulTicket),
        ("whole_life", HastyTicket),
        ("cancelled_while_matching", HesitantTicket),
        ("billing_covered", SlowBilling),
    ],
)
async def test_a_workflow_that_does_something_else_does_not_replay(
    name: str, mutated: type
) -> None:
    strange = replayer(UnsandboxedWorkflowRunner(), [mutated])
    with pytest.raises(NondeterminismError):
        await strange.replay_workflow(from_file(file_of(name)))


@pytest.mark.parametrize("word", [CANARIES[0], CANARIES[-1], DESCRIPTION])
def test_a_name_is_found_in_whatever_it_is_wrapped(word: str) -> None:
    inside = base64.b64encode(json.dumps({"note": f"said {word}."}).encode()).decode()
    wrapped = json.dumps({"events": [{"payloads": [{"data": inside}]}]})
    assert spoken_in(wrapped, [word.lower()]) == [word.lower()]


def test_the_payloads_of_a_history_are_looked_into() -> None:
    history = json.loads(file_of("whole_life").read_text(encoding="utf-8"))
    assert any('"customer_id":"cus_' in text for text in texts(history))
