"""Why a group was booked as it was, whether that can be trusted, and what would have been."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.house import House
from tests.workflows.company import (
    DAY,
    at,
    bare,
    between,
    crew,
    decision,
    hire,
    hour,
    rest,
    rows,
    times,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from workers.tools.decisions import counterfactual, verify
from workers.tools.decisions import main as decide

AIR_CONDITIONER = "mod_daikin-ftxm35r"
_UNLEARN: LiteralString = "delete from expert_skills where expert_id = %s"
_READ: LiteralString = "select settlement from decisions where group_id = %s and round = 1"
_WRITE: LiteralString = "update decisions set settlement = %s where group_id = %s and round = 1"


async def test_a_decision_names_the_solution_its_keys_and_why_each_proposal_won_or_lost(
    house: House,
) -> None:
    names = ("busy", "outside", "unlearned", "late", "first", "second")
    experts = {name: hire(house, "refrigeration") for name in names}
    windows = {
        "outside": between(8, 20, DAY + 1),
        "late": between(9, 12),
    }
    ticket_id, visit = await waiting(house)
    for name, who in experts.items():
        await house.propose(visit, who, [windows.get(name, between(8, 10))])
    await house.expect(experts["busy"], "POST", "/experts/me/time-off", between(8, 20))
    with psycopg.connect(house.database_url) as session:
        session.execute(_UNLEARN, (bare(experts["unlearned"]),))
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    decided = await decision(house, seen)
    assert {v: hour(s) for v, s in decided["starts"].items()} == {visit: 8}
    assert [c["expert_id"] for c in decided["crew"]] == [bare(experts["first"])]
    keys = decided["keys"]
    assert [hour(s) for s in (*keys["k1"], *keys["k2"])] == [8, 8]
    assert (keys["k3"], keys["k4"]) == ([5], [5])
    said = {p["expert_id"]: p for p in decided["proposals"]}
    verdicts = {name: said[bare(who)]["verdict"] for name, who in experts.items()}
    assert verdicts.pop("unlearned") in ("ineligible", "skill-missing")
    assert verdicts == {
        "busy": "busy-elsewhere",
        "outside": "outside-the-customers-slots",
        "late": "later-than-chosen",
        "first": "won",
        "second": "proposed-later",
    }
    assert said[bare(experts["second"])]["beaten_by"] == 5
    assert hour(said[bare(experts["late"])]["first_start"]) == 9


async def test_a_decision_explains_who_had_become_ineligible_before_it_too(
    house: House,
) -> None:
    unlearned, second = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, visit = await waiting(house)
    for who in (unlearned, second):
        await house.propose(visit, who, [between(8, 10)])
    skill = f"/experts/{bare(unlearned)}/skills/refrigeration"
    await house.expect("admin", "DELETE", skill)
    await rest(house, ticket_id)
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    said = {p["expert_id"]: p["verdict"] for p in (await decision(house, seen))["proposals"]}
    assert said.keys() == {bare(unlearned), bare(second)}
    assert said[bare(second)] == "won"


async def test_a_decision_says_who_lacks_a_partner_at_their_times(house: House) -> None:
    early, late, partner = (hire(house, s) for s in ("hvac", "hvac", "electrical"))
    ticket_id, visit = await waiting(house, model_id=AIR_CONDITIONER)
    for who, start in ((early, 8), (late, 14), (partner, 14)):
        await house.propose(visit, who, [between(start, start + 3)])
    await times(house, ticket_id, between(8, 20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    said = {p["expert_id"]: p["verdict"] for p in (await decision(house, seen))["proposals"]}
    assert said == {
        bare(early): "no-full-crew-at-their-times",
        bare(late): "won",
        bare(partner): "won",
    }


async def test_an_expert_reads_their_own_part_of_a_decision_and_others_nothing(
    house: House,
) -> None:
    seen, experts, _ = await _settled(house)
    stranger = hire(house, "refrigeration")
    own = await decision(house, seen, experts[1])
    assert {p["expert_id"] for p in own["proposals"]} == {bare(experts[1])}
    assert bare(experts[0]) not in str(own)
    path = f"/groups/{seen['group_id']}/decision"
    for who, status in ((stranger, 404), ("customer", 403)):
        assert (await house.ask(who, "GET", path)).status_code == status
    unsettled, _ = await waiting(house, between(8, 12))
    group = (await house.ticket(unsettled))["visits"][0]["group_id"]
    assert (await house.ask("helpdesk", "GET", f"/groups/{group}/decision")).status_code == 404


async def test_every_stored_decision_equals_the_rule_and_a_planted_difference_is_found(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, experts, posted = await _settled(house)
    capsys.readouterr()
    assert verify(house.database) == 0, capsys.readouterr().out
    stored = rows(house, "select count(*) as n from decisions")[0]["n"]
    assert f"{stored} decisions, 0 differ" in capsys.readouterr().out
    group, other = seen["group_id"], {"expert_id": bare(experts[1])}
    other["proposal_id"] = posted[1]["id"]
    later = {"start": at(8.25).isoformat()}
    for spoil in (lambda s: s["crew"][0].update(other), lambda s: s["starts"][0].update(later)):
        with _planted(house, group, spoil):
            assert verify(house.database) == 1
            assert group in capsys.readouterr().out
    assert verify(house.database) == 0


async def test_every_round_of_a_group_has_its_decision(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20))
    await house.propose(visit, expert, [between(8, 12), between(8, 12, DAY + 1)])
    await house.until(ticket_id, "SCHEDULED")
    await times(house, ticket_id, between(8, 20, DAY + 1))
    query: LiteralString = "select round from decisions where ticket_id = %s order by round"

    async def rounds() -> bool:
        return [r["round"] for r in rows(house, query, ticket_id)] == [1, 2]

    await house.soon(rounds, "a second decision")
    assert verify(house.database) == 0


async def test_a_counterfactual_says_what_another_hold_would_have_chosen(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, experts, _ = await _settled(house)
    said = _otherwise(house, capsys, seen, hold="PT0S")
    assert bare(experts[0]) in said["chosen"]
    assert bare(experts[2]) in said["would have been"]
    assert at(9).isoformat() in said["would have been"]
    said = _otherwise(house, capsys, seen, hold="PT2H")
    assert bare(experts[0]) in said["would have been"]


async def test_a_counterfactual_says_who_would_have_come_without_one_proposal(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, experts, posted = await _settled(house)
    said = _otherwise(house, capsys, seen, without=posted[0]["id"])
    assert bare(experts[1]) in said["would have been"]
    assert at(8).isoformat() in said["would have been"]
    said = _otherwise(house, capsys, seen, without=posted[1]["id"])
    assert said["would have been"] == said["chosen"]


async def test_a_counterfactual_says_what_other_slots_would_have_brought(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, experts, _ = await _settled(house)
    slots = [f"{at(10).isoformat()}/{at(20).isoformat()}"]
    said = _otherwise(house, capsys, seen, slots=slots)
    assert bare(experts[2]) in said["would have been"]
    assert at(10).isoformat() in said["would have been"]
    slots = [f"{at(8, DAY + 9).isoformat()}/{at(20, DAY + 9).isoformat()}"]
    said = _otherwise(house, capsys, seen, slots=slots)
    assert said["would have been"].startswith("NO_COMMON_TIME")
    assert bare(experts[0]) in said["chosen"]


async def test_of_a_group_that_was_never_booked_there_is_nothing_to_tell(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = Namespace(hold="PT1H", without=None, slots=None)
    assert counterfactual(house.database, "grp_nobody", nothing) == 1
    assert "never booked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "code", "said"),
    [
        (("--hold", "nonsense"), 2, "--hold 'nonsense': give an ISO 8601 duration"),
        (("--hold", "P99999999D"), 2, "--hold 'P99999999D': give an ISO 8601 duration"),
        (("--hold", "-PT2H"), 2, "--hold '-PT2H': give an ISO 8601 duration"),
        (("--hold", "7200"), 2, "--hold '7200': give an ISO 8601 duration"),
        (("--slots", "tomorrow"), 2, "--slots 'tomorrow': give start/end with offset"),
        (("--slots", "2026-11-30T09:00/2026-11-30T10:00"), 2, "give start/end with offset"),
        (("--slots", "2026-11-30T10:00Z/2026-11-30T09:00Z"), 2, "give start/end with offset"),
        (("--without", "prp_nonsense"), 1, "proposal-not-considered: prp_nonsense was not among"),
    ],
)
async def test_a_counterfactual_of_nonsense_is_refused_in_one_line(
    house: House,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    option: tuple[str, str],
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", house.database_url)
    seen = (await house.scheduled())["visits"][0]
    capsys.readouterr()
    name, value = option
    assert decide(["counterfactual", seen["group_id"], f"{name}={value}"]) == code
    refused = capsys.readouterr().err.splitlines()
    assert len([line for line in refused if said in line]) == 1
    assert not any("Traceback" in line for line in refused)


async def _settled(house: House) -> tuple[Any, list[str], list[Any]]:
    """A visit held for a while and booked for 08:00 with the first of three experts, who came
    second and third to one who came before them and can only come later: the visit, the experts
    and their proposals, the latecomer last in both."""
    latecomer, first, second = (hire(house, "refrigeration") for _ in range(3))
    policy = "/policies/normal/match_hold"
    await house.expect("admin", "PUT", policy, {"value": "PT1H"})
    try:
        ticket_id, visit = await waiting(house, between(8, 20))
    finally:
        await house.expect("admin", "PUT", policy, {"value": "PT0S"})
    posted = [
        await house.propose(visit, who, [between(start, 12)])
        for who, start in ((latecomer, 9), (first, 8), (second, 8))
    ]
    await house.later(ticket_id, timedelta(hours=1, seconds=20))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"])) == ([first], 8)
    return seen, [first, second, latecomer], [posted[1], posted[2], posted[0]]


def _otherwise(
    house: House, capsys: pytest.CaptureFixture[str], visit: Any, **asked: Any
) -> dict[str, str]:
    """What the command prints, by its headings."""
    capsys.readouterr()
    nothing = {"hold": None, "without": None, "slots": None}
    assert counterfactual(house.database, visit["group_id"], Namespace(**nothing | asked)) == 0
    lines = capsys.readouterr().out.splitlines()
    told = {name: said.strip() for name, _, said in (line.partition(":") for line in lines)}
    return {name: told[name] for name in ("chosen", "would have been")}


@contextmanager
def _planted(house: House, group: str, change: Callable[[Any], None]) -> Iterator[None]:
    """A stored decision spoiled, and restored afterwards."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        row = session.execute(_READ, (group,)).fetchone()
        assert row is not None
        spoiled = deepcopy(row[0])
        change(spoiled)
        session.execute(_WRITE, (Jsonb(spoiled), group))
        try:
            yield
        finally:
            session.execute(_WRITE, (Jsonb(row[0]), group))
