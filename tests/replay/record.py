"""`python -m tests.replay.record`: live the scenarios and keep their histories as unreleased.

It runs under pytest, for its servers; the name keeps it out of the test run. Record to add a
scenario, or after a change of the workflows that old histories need not survive: as long as nothing
is released, or of what is not; commit what it wrote in one commit that says why. What is released
it never touches.
"""

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from tests.house import House, living_house
from tests.replay.archive import ARCHIVE, Manifest, hash_of
from tests.replay.ending import ending_of, type_of
from tests.replay.scenarios import SCENARIOS
from tests.replay.scenarios.living import Lived, Scenario
from tests.replay.scenarios.ticket import continued
from tests.scratch import scratch_database, scratch_temporal

SUGGEST_EARLY = "limit.historyCount.suggestContinueAsNew=30"


@pytest.fixture(scope="session")
def kept() -> Manifest:
    """The new manifest; what an earlier recording left goes."""
    folder = ARCHIVE.unreleased.folder
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    return {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_record(scenario: Scenario, house: House, kept: Manifest) -> None:
    await _keep(scenario, await scenario(house), kept)


async def test_record_continued(postgres_url: str, tmp_path: Path, kept: Manifest) -> None:
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal(SUGGEST_EARLY) as server,
            living_house(server, url, tmp_path) as house,
        ):
            await _keep(continued, await continued(house), kept)


async def _keep(scenario: Scenario, lived: Lived, kept: Manifest) -> None:
    shelf = ARCHIVE.unreleased
    for name, history in lived.items():
        shelf.history(name).write_text(_text(history), encoding="utf-8")
        ending = await ending_of(history)
        assert ending.failure is None, f"{name} does not even replay now: {ending.failure}"
        kept[name] = {
            "scenario": scenario.__doc__,
            "workflow": history.workflow_id,
            "type": type_of(history),
            "events": len(history.events),
            "sha256": hash_of(shelf.history(name)),
            "status": ending.status,
            "seq": ending.seq,
            "temporalio": version("temporalio"),
        }
    shelf.manifest.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _text(history: WorkflowHistory) -> str:
    """One event a line: small, and a difference can be read. Where in whose files something was
    refused is no part of the story."""
    events = _without_traces(history.to_json_dict()["events"])
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


def _without_traces(recorded: Any) -> Any:
    if isinstance(recorded, dict):
        return {k: _without_traces(v) for k, v in recorded.items() if k != "stackTrace"}
    if isinstance(recorded, list):
        return [_without_traces(part) for part in recorded]
    return recorded


if __name__ == "__main__":
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "-q", __file__])  # noqa: S606
