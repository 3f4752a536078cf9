"""Reports that cannot be right, whoever sends them: each is refused by a rule that names the field
to blame, alone and in a batch, and none breaks anything. Start codes that are guessed, and files
that are others than was said, are in `test_start_codes` and `test_files`."""

from typing import Any

import pytest

from tests.api.visit.test_batches import batch, event
from tests.api.visit.test_reports import NOTES, ahead, booked, sent, slow, taken
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import hire
from tests.workflows.company import parting as parting

pytestmark = pytest.mark.usefixtures("parting")

MALFORMED = "validation-failed"
RUNG = {"contact_attempts": [{"channel": "phone", "at": "2026-11-01T10:00:00Z"}]}
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("teleported", {}, MALFORMED, "/type"),
    ("started", {"occurred_at": "2026-12-01T09:00:00"}, MALFORMED, "/occurred_at"),
    ("started", {"occurred_at": "yesterday"}, MALFORMED, "/occurred_at"),
    ("started", {"occurred_at": 1}, MALFORMED, "/occurred_at"),
    ("started", {"occurred_at": "9999-12-31T23:59:59Z"}, MALFORMED, "/occurred_at"),
    ("started", {"occurred_at": "2199-12-31T23:59:59Z"}, "occurred-in-the-future", "/occurred_at"),
    ("started", {"occurred_at": "2001-01-01T00:00:00Z"}, "occurred-too-early", "/occurred_at"),
    ("need_more_time", {"minutes": 20}, MALFORMED, "/minutes"),
    ("need_more_time", {"minutes": -15}, MALFORMED, "/minutes"),
    ("need_more_time", {"minutes": 255}, "minutes-off-the-grid", "/minutes"),
    ("cannot_enter", RUNG, "report-out-of-sequence", "/type"),
    ("cannot_arrive", {"reason": "BORED"}, "reason-unknown", "/reason"),
    ("incomplete", {"reason": "WRONG_SKILL", "skill": "x"}, "skill-unknown", "/skill"),
    ("started", {"start_code": "12 4"}, MALFORMED, "/start_code"),
    ("completed", {}, "report-missing", "/report"),
    ("completed", {"report": {**NOTES, "photos": [7]}}, MALFORMED, "/report/photos/0"),
]
"""What is said, by which rule it is refused, and what is to blame."""


@pytest.mark.parametrize(("kind", "said", "code", "field"), WRONG)
async def test_what_cannot_be_right_is_refused_by_a_rule_that_names_the_field(
    house: House, kind: str, said: dict[str, Any], code: str, field: str
) -> None:
    visit, expert = await booked(house)
    refused(await sent(house, visit, expert, kind, **said), 422, code, field)
    wrong, right = event(visit, kind, report=None) | said, event(visit, "en_route")
    if wrong["report"] is None:
        del wrong["report"]
    [refusal, standing] = await batch(house, expert, [wrong, right])
    assert (refusal["status"], refusal["problem"]["code"]) == (422, code)
    assert [e["pointer"] for e in refusal["problem"]["errors"]] == [f"/events/0{field}"]
    assert standing["standing"]["effect"] == "applied", "the other is taken"


async def test_whoever_has_arrived_cannot_say_that_they_cannot_however_late_that_comes(
    house: House,
) -> None:
    visit, expert = await booked(house)
    await taken(house, visit, expert, "on_site", **slow(seconds=2))
    answer = await sent(house, visit, expert, "cannot_arrive", reason="ILL")
    refused(answer, 422, "report-out-of-sequence", "/type")
    earlier = {**slow(seconds=3), "reason": "ILL"}
    told = await taken(house, visit, expert, "cannot_arrive", **earlier)
    assert (told["state"], told["out_of_order"]) == ("ON_SITE", True), "order explains it"


async def test_whoever_works_is_not_before_a_closed_door_but_the_door_may_have_been_closed_before(
    house: House,
) -> None:
    visit, expert = await booked(house)
    await taken(house, visit, expert, "started", **slow(seconds=2))
    answer = await sent(house, visit, expert, "cannot_enter", **RUNG)
    refused(answer, 422, "report-out-of-sequence", "/type")
    earlier = {**slow(seconds=3), **RUNG}
    told = await taken(house, visit, expert, "cannot_enter", **earlier)
    assert (told["state"], told["out_of_order"]) == ("IN_PROGRESS", True)


async def test_what_a_phone_sends_in_any_order_is_refused_for_none_of_it(house: House) -> None:
    visit, expert = await booked(house)
    day = (
        ("completed", 1, {"report": NOTES}),
        ("started", 2, {}),
        ("need_more_time", 3, {"minutes": 15}),
        ("on_site", 5, {}),
    )
    for kind, seconds, said in day[2:] + day[:2]:
        told = await taken(house, visit, expert, kind, **slow(seconds=seconds), **said)
    assert told["state"] == "COMPLETED"


async def test_the_visit_of_somebody_else_is_unknown(house: House) -> None:
    visit, _ = await booked(house)
    stranger = hire(house, "refrigeration")
    refused(await sent(house, visit, stranger, "started"), 404, "visit-unknown")
    [refusal] = await batch(house, stranger, [event(visit, "started")])
    assert (refusal["status"], refusal["problem"]["code"]) == (404, "visit-unknown")
    assert [e["pointer"] for e in refusal["problem"]["errors"]] == ["/events/0/visit_id"]


async def test_nobody_reports_for_somebody_else_and_the_helpdesk_says_for_whom(
    house: House,
) -> None:
    visit, expert = await booked(house)
    other = hire(house, "refrigeration").partition(":")[2]
    answer = await sent(house, visit, expert, "started", expert_id=other)
    refused(answer, 422, "not-yourself", "/expert_id")
    refused(await sent(house, visit, "helpdesk", "started"), 422, "expert-missing", "/expert_id")
    later = {"occurred_at": ahead(minutes=4)}
    assert (await taken(house, visit, expert, "started", **later))["effect"] == "applied"
