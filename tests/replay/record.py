"""`python -m tests.replay.record`: live the scenarios and keep their histories.

It runs under pytest, for its servers; the name keeps it out of the test run. Record after a change
of the workflows that old histories need not survive, or to add a scenario.
"""

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from models.rules.transitions import status_of
from tests.house import House, living_house
from tests.replay.scenarios import SCENARIOS, Lived, Scenario, continued
from tests.scratch import scratch_database, scratch_temporal
from workers.tools.timetravel import travelled

HISTORIES = Path(__file__).parent / "histories"
MANIFEST = HISTORIES / "manifest.json"
SUGGEST_EARLY = "limit.historyCount.suggestContinueAsNew=30"


@pytest.fixture(scope="session")
def kept() -> dict[str, Any]:
    """The new manifest; what an earlier recording left goes."""
    HISTORIES.mkdir(exist_ok=True)
    for old in HISTORIES.glob("*.json"):
        old.unlink()
    return {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_record(scenario: Scenario, house: House, kept: dict[str, Any]) -> None:
    await _keep(scenario, await scenario(house), kept)


async def test_record_continued(postgres_url: str, tmp_path: Path, kept: dict[str, Any]) -> None:
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal(SUGGEST_EARLY) as server,
            living_house(server, url, tmp_path) as house,
        ):
            await _keep(continued, await continued(house), kept)


async def _keep(scenario: Scenario, lived: Lived, kept: dict[str, Any]) -> None:
    for name, history in lived.items():
        text = _text(history)
        (HISTORIES / f"{name}.json").write_text(text, encoding="utf-8")
        journey = await travelled(history)
        assert journey.failure is None, f"{name} does not even replay now: {journey.failure}"
        ticket = journey.ticket
        kept[name] = {
            "scenario": scenario.__doc__,
            "workflow": history.workflow_id,
            "type": history.events[
                0
            ].workflow_execution_started_event_attributes.workflow_type.name,
            "events": len(history.events),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "status": status_of(ticket) if ticket else None,
            "seq": ticket.seq if ticket else None,
            "temporalio": version("temporalio"),
        }
    MANIFEST.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _text(history: WorkflowHistory) -> str:
    """One event a line: small, and a difference can be read."""
    events = history.to_json_dict()["events"]
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", __file__])  # noqa: S606
