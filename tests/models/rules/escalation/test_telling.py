"""Whom the news of an escalation concerns."""

from models.rules.escalation.escalating import claimed, raised_again, stepped
from models.rules.escalation.telling import intents_of
from tests.models.rules.escalation.test_escalating import ANA, NOW, asked


def test_each_level_is_told_when_its_turn_comes_and_where_to_decide() -> None:
    opened = asked()
    once = stepped(opened.but(news=()), NOW + opened.step)
    twice = stepped(once.but(news=()), NOW + 2 * opened.step)
    told = [
        (i.recipient_role, i.recipient_id, i.template, i.facts)
        for escalation in (opened, once, twice)
        for i in intents_of(escalation)
    ]
    where = {"reason": "PARTIAL", "workflow_id": "ticket-1.PARTIAL"}
    assert told == [
        ("helpdesk", "helpdesk", "escalation.opened", where | {"level": "1"}),
        ("manager", "manager", "escalation.stepped", where | {"level": "2"}),
        ("admin", "admin", "escalation.stepped", where | {"level": "3"}),
    ]


def test_one_that_is_raised_again_is_told_to_whoever_was_asked_last() -> None:
    known = stepped(asked(), NOW + asked().step)
    [intent] = intents_of(raised_again(known, NOW))
    assert (intent.recipient_id, intent.template) == ("manager", "escalation.opened")


def test_nobody_is_told_that_somebody_works_on_it() -> None:
    assert intents_of(claimed(asked().but(news=()), ANA, NOW)) == []
