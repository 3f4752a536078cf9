"""A message that reached nobody: what was not told, to whom, by which ways and why, in words."""

import pytest

from activities.gateways.message import FailureCode
from activities.message.dispatch import UNWRITABLE
from models.brief import Untold, Way
from models.escalation import EscalationReason
from models.rules.escalation.kind import Picture
from models.rules.escalation.message import WHY_NOT
from models.rules.escalation.registry import KINDS
from tests.models.rules.stories import NOW, admitted

LOST = Untold(about="when our expert comes", role="customer")


def facts(untold: Untold | None) -> list[str]:
    picture = Picture(ticket=admitted(), now=NOW, number=7, untold=untold)
    return list(KINDS[EscalationReason.NOTIFICATION_UNDELIVERABLE].facts(picture))


def test_it_says_what_was_not_told_to_whom_by_which_way_and_why() -> None:
    sms = Way(channel="sms", attempts=1, error="recipient-invalid")
    email = Way(channel="email", attempts=4, error="provider-unavailable")
    assert facts(LOST.but(visit=2, start=NOW, ways=(sms, email))) == [
        "Not told: when our expert comes, visit 2, Mon 02 Mar 08:00 (UTC)",
        "To whom: the customer",
        "By text message, tried once: the number or address is wrong",
        "By e-mail, tried 4 times: the service that sends it was away",
    ]


def test_an_expert_is_spoken_of_by_number_and_other_tickets_are_named() -> None:
    seen = facts(LOST.but(role="expert", expert_no=17, others=("T-8", "T-9")))
    assert "To whom: expert no. 17" in seen
    assert "The same person could not be told of T-8, T-9 either" in seen
    assert any(fact.startswith("Not tried: nothing is known to reach them by") for fact in seen)


def test_of_a_message_that_nobody_knows_nothing_is_said() -> None:
    assert facts(None) == []


@pytest.mark.parametrize("code", [*FailureCode, UNWRITABLE])
def test_every_failure_is_said_in_words(code: str) -> None:
    assert WHY_NOT[code]
    assert "-" not in WHY_NOT[code]
