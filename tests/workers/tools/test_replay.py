"""Replaying: one ticket with its states, a file, or everything that is kept."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from models.rules.transitions import status_of
from models.ticket import TicketStatus
from tests.architecture.source import ROOT
from tests.house import House
from tests.replay.record import HISTORIES
from tests.workflows.asking import at_rest, in_closed, in_matching
from workers.tools.replay import main, replayed_ticket, states


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def closed(house: House) -> AsyncIterator[str]:
    """A ticket with its whole life behind it."""
    yield (await in_closed(house))["id"]


async def told(house: House, *words: str) -> tuple[int, str]:
    """What `python -m workers.tools.replay` says, and its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers.tools.replay", *words),
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": house.database_url,
            "TEMPORAL_ADDRESS": house.env.client.service_client.config.target_host,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_tickets_states_are_seen_again_in_their_order(house: House, closed: str) -> None:
    [journey], comparison = await replayed_ticket(house.env.client, house.database, closed)
    assert journey.failure is None
    assert comparison.agrees
    seen = [status_of(step.ticket) for step in journey.steps if step.ticket]
    assert list(dict.fromkeys(seen)) == [
        TicketStatus.MATCHING,
        TicketStatus.SCHEDULED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.COMPLETED,
        TicketStatus.CLOSED,
    ]
    assert [step.event for step in journey.steps] == sorted({s.event for s in journey.steps})
    assert journey.steps[-1].event <= len(journey.history.events)


async def test_each_step_says_what_woke_the_ticket(house: House, closed: str) -> None:
    [journey], _ = await replayed_ticket(house.env.client, house.database, closed)
    woken = [word for step in journey.steps for word in step.because]
    assert woken[0] == "start"
    assert {"propose", "report_visit", "confirm"} <= set(woken)
    assert len(list(states(journey.steps))) == len(journey.steps) + 1


async def test_an_open_ticket_is_replayed_up_to_now(house: House) -> None:
    ticket = await in_matching(house)
    await at_rest(house, ticket["id"])
    [journey], comparison = await replayed_ticket(house.env.client, house.database, ticket["id"])
    assert journey.failure is None
    assert comparison.replayed == ("MATCHING", ticket["seq"])
    assert comparison.agrees


async def test_a_row_that_is_not_what_was_decided_is_reported(house: House) -> None:
    ticket = await at_rest(house, (await in_matching(house))["id"])
    with psycopg.connect(house.database_url, autocommit=True) as session:
        wrong = "update tickets set status = %s where id = %s"
        session.execute(wrong, ("SCHEDULED", ticket["id"]))
        code, said = await told(house, "--ticket", ticket["id"])
        session.execute(wrong, ("MATCHING", ticket["id"]))
    assert code == 1
    assert f"DIFFERS   projection: SCHEDULED, seq {ticket['seq']}; replayed: MATCHING" in said


async def test_the_command_shows_a_ticket_and_is_content(house: House, closed: str) -> None:
    code, said = await told(house, "--ticket", closed)
    assert code == 0, said
    assert "ok        ticket-" in said
    assert "ok        projection: CLOSED" in said


async def test_the_command_replays_what_a_query_finds(house: House, closed: str) -> None:
    query = f"WorkflowId = '{house.workflow(closed).id}'"
    code, said = await told(house, "--all", "--query", query)
    assert code == 0, said
    assert "1 histories, 0 diverged" in said


def said_of(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code for a file, and the last line of what is said about it."""
    code = main(["--file", str(path)])
    out, err = capsys.readouterr()
    return code, (out + err).splitlines()[-1]


def test_a_file_that_replays_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    found = said_of(HISTORIES / "billing_covered.json", capsys)
    assert found == (0, "1 histories, 0 diverged")


def test_a_file_that_tells_another_story_has_diverged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.json"
    text = (HISTORIES / "whole_life.json").read_text(encoding="utf-8")
    changed.write_text(text.replace('"name":"Ticket"', '"name":"Billing"'), encoding="utf-8")
    assert main(["--file", str(changed)]) == 1
    verdict, count = capsys.readouterr().out.splitlines()
    assert verdict.startswith("DIVERGED  ticket-")
    assert verdict.endswith("events): Failed decoding arguments")
    assert count == "1 histories, 1 diverged"


@pytest.mark.parametrize("text", ["no history", "{}", '{"events": []}', '["a list"]'])
def test_a_file_that_is_no_history_is_said_to_be_none(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no_history.json"
    path.write_text(text, encoding="utf-8")
    code, said = said_of(path, capsys)
    assert code == 1
    assert said.startswith("cannot replay: ")


@pytest.mark.parametrize("words", [(), ("--ticket", "T-1001"), ("--ticket", "tkt_x", "--all")])
def test_a_command_that_makes_no_sense_is_explained(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage: python -m workers.tools.replay" in capsys.readouterr().err
