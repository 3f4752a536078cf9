"""What is said, and what is not said, while nobody works."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from api.intake.wording import in_our_words
from models.errors import Unavailable
from tests.api.http.honest import NOWHERE
from tests.house import House, days
from tests.refusals import refused
from tests.replica import replica

pytestmark = pytest.mark.long


async def test_a_ticket_is_read_and_the_process_says_so_while_nobody_works(house: House) -> None:
    assert house.shift is not None
    async with replica(house) as http:
        ready = (await http.get("/readyz")).json()
        assert (ready["status"], ready["parts"]["workers"]) == ("ok", "ok")
        known = await house.file(slots=days(29, 1))
        await house.until(known, "MATCHING")
        async with house.shift.over():
            filed = await house.file(slots=days(29, 1))
            for who in ("customer", "helpdesk"):
                headers = house.headers(who)
                answer = await http.get(f"/v1/tickets/{filed}", headers=headers)
                assert (answer.status_code, answer.json()["status"]) == (200, "RECEIVED")
                assert answer.json()["slots"]
                answer = await http.get(f"/v1/tickets/{known}", headers=headers)
                assert (answer.status_code, answer.json()["status"]) == (200, "MATCHING")
            stranger = house.headers("customer", f"cus_{NOWHERE}")
            answer = await http.get(f"/v1/tickets/{filed}", headers=stranger)
            refused(answer, 404, "ticket-unknown")

            async def said() -> bool:
                answer = await http.get("/readyz")
                assert answer.status_code == 200, "tickets are accepted"
                parts = answer.json()["parts"]
                assert parts["temporal"] == parts["postgres"] == "ok"
                return (answer.json()["status"], parts["workers"]) == ("impaired", "nobody-works")

            await house.soon(said, "the word that nobody works", seconds=40)
        await house.until(filed, "MATCHING")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Workflow is paused. Cannot update the workflow.", "ticket-paused"),
        ("Cannot update workflow while the workflow is paused.", "ticket-paused"),
        ("no poller seen for task queue recently, worker may be down", "answer-late"),
        ("Some other precondition.", "answer-late"),
    ],
)
def test_only_what_an_operator_paused_is_said_to_be_paused(words: str, code: str) -> None:
    said = in_our_words(RPCError(words, RPCStatusCode.FAILED_PRECONDITION, b""))
    assert isinstance(said, Unavailable)
    assert said.code == code
