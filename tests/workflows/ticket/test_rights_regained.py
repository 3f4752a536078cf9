"""An expert may come again: the question whether somebody else should is gone, and so is what was
decided about it before."""

from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.escalation import EscalationReason
from models.event import Cause
from models.messages.escalation import RescheduleVisit
from models.messages.matching import AssignExpert
from tests.house import House
from tests.workflows.company import at, bare, crew, hire, rest
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.escalation.escalating import ANA, open_question, refusal
from tests.workflows.ticket.test_rights import SECRETS, booked, readable, standing


async def test_who_is_verified_again_comes_and_the_question_is_gone(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    await standing(house, expert, "SUSPENDED")
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    await standing(house, expert, "FLAGGED")
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    item, text = await readable(house, expert, ticket_id)
    assert all(secret in text for secret in SECRETS)
    assert not (await house.report(visit, "acknowledged", expert))["recorded_only"]
    assert item["withheld"] is None
    seen = (await rest(house, ticket_id))["visits"][0]
    assert seen["assignments"][0]["state"] == "ACKNOWLEDGED"


async def test_who_is_verified_again_is_let_go_by_no_decision_that_was_made_before(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    colleague = hire(house, "refrigeration")
    await standing(house, expert, "SUSPENDED")
    await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    decided: dict[str, Any] = {
        "visit_id": visit,
        "reason": EscalationReason.CANNOT_ARRIVE,
        "by": Cause(actor=ANA),
    }
    instead = AssignExpert(
        **decided,
        request_id="upd_1",
        position=0,
        expert_id=bare(colleague),
        start=at(8),
        instead_of=bare(expert),
    )
    await standing(house, expert, "VERIFIED")
    for name, asked in (
        ("assign_expert", instead),
        ("reschedule", RescheduleVisit(**decided)),
    ):
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await house.workflow(ticket_id).execute_update(name, asked)
        assert refusal(failed.value) == "doubt-gone"
    assert crew((await rest(house, ticket_id))["visits"][0]) == [expert]
