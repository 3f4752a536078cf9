"""The checker itself: what it must see among ten thousand tickets, and what it must leave alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.identity import ticket_id
from tests.soak.checker import judge, report_name
from tests.soak.history import Act, Op, Outcome, SoakHistory, digest, kept_ops, outcome_of
from tests.soak.mutants import (
    GIVEN_UP,
    LIARS,
    MUTANTS,
    REPORTED,
    TICKETS,
    WHO,
    filed,
    kept_of,
    said,
)


@pytest.fixture(scope="module")
def ops() -> list[Op]:
    tickets = [filed(number) for number in range(TICKETS)]
    cancels = [said(tickets[number], Act.CANCEL) for number in GIVEN_UP]
    return [*tickets, *cancels, *(said(tickets[number], Act.REPORT) for number in REPORTED)]


def test_a_house_that_lost_nothing_is_well(ops: list[Op]) -> None:
    verdict = judge(ops, kept_of(ops))
    assert (verdict.is_well, verdict.acknowledged, verdict.recovered) == (True, TICKETS, 0)
    assert verdict.line().startswith("OK: 10000 accepted, lost 0, unexpected 0, doubled 0")
    assert "400 cancelled, 400 reported; loss below 0.03% at 95 %" in verdict.line()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught(name: str, ops: list[Op]) -> None:
    kind, mutate = MUTANTS[name]
    changed, ticket = mutate(kept_of(ops))
    verdict = judge(ops, changed)
    assert not verdict.is_well
    assert ticket in verdict.findings[kind]
    assert {found for found, tickets in verdict.findings.items() if tickets} == {kind}


@pytest.mark.parametrize("name", LIARS)
def test_a_house_that_told_somebody_something_else_is_caught(name: str, ops: list[Op]) -> None:
    kind, lie = LIARS[name]
    told, ticket = lie(ops)
    verdict = judge(told, kept_of(ops))
    assert not verdict.is_well
    assert {found: list(about) for found, about in verdict.findings.items() if about} == {
        kind: [ticket]
    }


def test_every_kind_of_finding_has_a_mutant(ops: list[Op]) -> None:
    verdict = judge(ops, kept_of(ops))
    caught = {kind for kind, _ in MUTANTS.values()} | {kind for kind, _ in LIARS.values()}
    assert caught == set(verdict.findings)


def test_words_that_were_refused_under_a_used_key_are_no_finding(ops: list[Op]) -> None:
    reused = replace(filed(3, Outcome.FAIL, "It leaks."), code="idempotency-key-reused")
    assert judge([*ops, reused], kept_of(ops)).is_well


def test_two_tickets_of_one_request_are_doubled(ops: list[Op]) -> None:
    other = replace(ops[0], ticket_id="tkt_other")
    assert ops[0].key in judge([*ops, other], kept_of(ops)).doubled


def test_what_nobody_answered_may_be_there_and_may_not(ops: list[Op]) -> None:
    unknown = [filed(TICKETS + n, Outcome.INFO) for n in range(2)]
    verdict = judge([*ops, *unknown], kept_of([*ops, unknown[0]]))
    assert (verdict.is_well, verdict.recovered) == (True, 1)


def test_what_nobody_answered_may_be_cancelled_and_reported_and_may_not(ops: list[Op]) -> None:
    words = [said(ops[n], act, Outcome.INFO) for n, act in enumerate((Act.CANCEL, Act.REPORT))]
    for kept in (kept_of(ops), kept_of([*ops, *words])):
        verdict = judge([*ops, *words], kept)
        assert (verdict.is_well, verdict.cancelled, verdict.reported) == (True, 400, 400)


def test_what_was_refused_must_not_be_cancelled_nor_reported(ops: list[Op]) -> None:
    words = [said(ops[n], act, Outcome.FAIL) for n, act in enumerate((Act.CANCEL, Act.REPORT))]
    unexpected = judge([*ops, *words], kept_of([*ops, *words])).unexpected
    assert unexpected.keys() == {ticket_id(WHO, ops[0].key), report_name(words[1])}


def test_whoever_is_told_to_wait_is_not_refused(ops: list[Op]) -> None:
    waits = replace(filed(TICKETS, Outcome.FAIL), status=429)
    assert judge([*ops, waits], kept_of(ops)).is_well


def test_what_was_refused_must_not_be_there(ops: list[Op]) -> None:
    refused = filed(TICKETS, Outcome.FAIL)
    verdict = judge([*ops, refused], kept_of([*ops, refused]))
    assert list(verdict.unexpected) == [ticket_id(WHO, refused.key)]


def test_a_run_in_which_nothing_was_acknowledged_fails() -> None:
    ops = [filed(number, Outcome.INFO) for number in range(10)]
    verdict = judge(ops, kept_of([]))
    assert (verdict.is_well, verdict.findings["lost"]) == (False, {})
    assert verdict.line().startswith("BROKEN: nothing was acknowledged")


def test_the_file_alone_has_every_call_as_it_was(tmp_path: Path, ops: list[Op]) -> None:
    history = SoakHistory(tmp_path / "history.jsonl")
    history.note("run", seed=1)
    for op in ops[:50]:
        history.did(op)
    history.close()
    assert kept_ops(history.path) == ops[:50]


@pytest.mark.parametrize(
    ("status", "known"),
    [(201, "ok"), (202, "ok"), (422, "fail"), (429, "fail"), (503, "info"), (None, "info")],
)
def test_what_a_caller_knows(status: int | None, known: str) -> None:
    assert outcome_of(status) == known


def test_times_are_the_same_times_at_any_offset() -> None:
    here = {"start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T10:00:00+01:00"}
    there = {"start": "2026-12-01T08:00:00+00:00", "end": "2026-12-01T09:00:00Z"}
    assert digest(WHO, "It hums.", [here]) == digest(WHO, "It hums.", [there])
    assert digest(WHO, "It hums.", [here]) != digest(WHO, "It hums.", [])
