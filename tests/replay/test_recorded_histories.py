"""What was decided last month is decided again, and nobody's name was ever part of it."""

import base64
import json

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from tests.replay.archive import ARCHIVE, NEVER_CHANGED, UNRELEASED, Shelf
from tests.replay.canaries import canaries, spoken_in, texts
from tests.replay.ending import ending_of
from tests.replay.mutated import ForgetfulTicket, HastyTicket, HesitantTicket, SlowBilling
from tests.replay.scenarios import SCENARIOS
from tests.replay.scenarios.living import DESCRIPTION
from workers.histories import from_file, replayer

RECORDED = list(ARCHIVE.histories())
CANARIES = canaries()
CONTINUE = (
    "open tickets have such histories: let today's code do what the old one did, with "
    "`workflow.patched` around what is new"
)
RECORD = "run `python -m tests.replay.record` and commit tests/replay/histories/unreleased"

histories = pytest.mark.parametrize(
    ("shelf", "name"), RECORDED, ids=lambda part: getattr(part, "name", part)
)


@histories
async def test_a_recorded_history_replays_to_the_state_it_ended_in(shelf: Shelf, name: str) -> None:
    ending = await ending_of(from_file(shelf.history(name)))
    remedy = f"{CONTINUE}; {shelf.remedy}" if shelf.name == UNRELEASED else CONTINUE
    assert ending.failure is None, remedy
    recorded = shelf.recorded()[name]
    assert (ending.status, ending.seq) == (recorded["status"], recorded["seq"]), remedy


@histories
def test_a_recorded_history_names_nobody(shelf: Shelf, name: str) -> None:
    said = spoken_in(shelf.history(name).read_text(encoding="utf-8"), CANARIES)
    assert said == [], "personal data is sealed or stays in Postgres: send its id; then " + RECORD


def test_every_recorded_history_is_as_it_was_recorded() -> None:
    assert ARCHIVE.unreleased.differences() == [], ARCHIVE.unreleased.remedy


def test_what_was_released_is_kept_as_it_was() -> None:
    assert ARCHIVE.differences() == [], NEVER_CHANGED


def test_no_history_says_in_whose_files_it_was_recorded() -> None:
    told = [
        name for shelf, name in RECORDED if "stackTrace" in shelf.history(name).read_text("utf-8")
    ]
    assert told == []


def test_every_scenario_has_a_history() -> None:
    names = {name for _, name in RECORDED}
    assert {s.__name__ for s in SCENARIOS} - names == set(), RECORD


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
        await strange.replay_workflow(from_file(ARCHIVE.newest(name)))


@pytest.mark.parametrize("word", [CANARIES[0], CANARIES[-1], DESCRIPTION])
def test_a_name_is_found_in_whatever_it_is_wrapped(word: str) -> None:
    inside = base64.b64encode(json.dumps({"note": f"said {word}."}).encode()).decode()
    wrapped = json.dumps({"events": [{"payloads": [{"data": inside}]}]})
    assert spoken_in(wrapped, [word.lower()]) == [word.lower()]


def test_the_payloads_of_a_history_are_looked_into() -> None:
    history = json.loads(ARCHIVE.newest("whole_life").read_text(encoding="utf-8"))
    assert any('"customer_id":"cus_' in text for text in texts(history))
