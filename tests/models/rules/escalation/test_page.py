"""What the Temporal UI shows of an escalation: a page for a person, with words alone."""

from html import unescape
from urllib.parse import quote

import pytest

from models.actor import Actor, Role
from models.escalation import Action, Choice, Escalation, EscalationReason
from models.rules.escalation.escalating import carried_out, chosen, claimed, healed
from models.rules.escalation.page import BUDGET, page
from tests.models.rules.escalation.briefs import brief
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import GROUP, NOW, named

LONG = "Ü" * 200


def long_winded(reason: EscalationReason) -> Escalation:
    facts = tuple(f"{number} {LONG}" for number in range(60))
    people = tuple(f"{n}. Expert no. 123456, 99 km away, free Mon 02 Mar" for n in range(1, 6))
    facts_told = brief(facts=facts, people=people, headline="Headline.", decide_by="by noon")
    return asked().but(reason=reason, brief=facts_told)


@pytest.mark.parametrize("reason", EscalationReason)
def test_the_page_travels_through_an_address_with_the_longest_of_facts(
    reason: EscalationReason,
) -> None:
    escalation = long_winded(reason)
    for standing in (
        escalation,
        claimed(escalation, Actor(role=Role.MANAGER, id="u" * 80), NOW),
        escalation.but(refusal=LONG),
    ):
        text = page(standing)
        assert len(quote(text)) <= BUDGET
        assert "Headline." in text
        assert "Expert no. 123456" in text


def test_the_page_of_a_decision_says_who_and_what_at_every_point() -> None:
    ana = Actor(role=Role.HELPDESK, id="usr_ana")
    made = Choice(action=Action.CANCEL, by=ana, at=NOW, command_id="1")
    open_ = asked().but(brief=brief().but(headline="Who comes?"))
    assert "Who comes?" in page(open_)
    being_done = chosen(open_, made)
    assert "usr_ana has decided" in page(being_done)
    assert "They are busy" in page(carried_out(being_done, "They are busy", NOW))
    done = page(carried_out(being_done, None, NOW))
    assert done.startswith("## DONE")
    assert "usr_ana" in done
    assert page(healed(open_, NOW)).startswith("## DONE")
    assert named("esc", 1) in done
    assert GROUP not in done


def test_numbers_that_are_not_in_a_row_are_read_as_they_are() -> None:
    """A list of the UI's own would count them anew."""
    people = ("3. Expert no. 7, 2 km away", "12. Expert no. 9, 4 km away")
    text = page(asked().but(brief=brief(people=people, facts=("14. Brand Frost",))))
    assert "+ 3&#46; Expert no. 7" in text
    assert "+ 12&#46; Expert no. 9" in text
    assert "- 14&#46; Brand Frost" in text


def test_what_is_too_much_for_an_address_is_left_out_from_the_least_of_it_on() -> None:
    facts = tuple(f"fact {LONG}" for _ in range(5))
    people = tuple(f"{n}. Expert no. {n}, {'far ' * 20}away" for n in range(1, 80))
    text = page(asked().but(brief=brief(facts=facts, people=people)))
    assert len(quote(text)) <= BUDGET
    assert "fact" not in text
    assert "Expert no. 1," in text
    assert "Expert no. 79," not in text
    assert "4 Cancel the ticket" in text


def test_done_says_what_was_chosen_as_its_line_said_it() -> None:
    ana = Actor(role=Role.HELPDESK, id="usr_ana")
    people = tuple(f"{n}. Expert no. 1{n}, 4 km away, free Tue 10:00 to 11:00" for n in (1, 2, 3))
    open_ = asked().but(brief=brief(people=people))
    for action, parameter, words in (
        (
            Action.ASSIGN,
            2,
            "Assign a candidate: 2. Expert no. 12, 4 km away, free Tue 10:00 to 11:00",
        ),
        (Action.EXTEND_WAIT, 24, "Wait longer, 24 hours"),
        (Action.EXTEND_WAIT, None, "Wait longer, as long again"),
        (Action.CANCEL, None, "**Cancel the ticket**"),
    ):
        made = Choice(action=action, parameter=parameter, by=ana, at=NOW, command_id="1")
        done = unescape(page(carried_out(chosen(open_, made), None, NOW)))
        assert words in done, done


@pytest.mark.parametrize(
    ("reason", "action", "minutes", "words"),
    [
        ("FOLLOW_UP_MISSING", Action.PLAN_VISIT, 60, "Plan another visit, 60 minutes"),
        ("WORK_IMPLAUSIBLE", Action.BILL_MINUTES, 90, "Bill, 90 minutes"),
        ("OVERRUN", Action.MORE_TIME, 30, "They need more time, 30 minutes"),
        ("CANNOT_ENTER", Action.WAIT, 30, "Let them wait, 30 minutes"),
        ("CANNOT_ENTER", Action.WAIT, None, "Let them wait"),
    ],
)
def test_a_number_is_said_in_one_phrase_with_what_was_decided(
    reason: str, action: Action, minutes: int | None, words: str
) -> None:
    ana = Actor(role=Role.HELPDESK, id="usr_ana")
    made = Choice(action=action, parameter=minutes, by=ana, at=NOW, command_id="1")
    open_ = asked().but(reason=EscalationReason(reason), brief=brief())
    done = page(carried_out(chosen(open_, made), None, NOW))
    assert f"decided **{words}** on Mon 02 Mar 08:00 (UTC)." in unescape(done)


def test_every_time_on_the_page_is_of_one_clock() -> None:
    """The customer's, as is the one by which to decide."""
    facts = brief(tz="Asia/Kathmandu", gathered_at=NOW)
    ana = Actor(role=Role.HELPDESK, id="usr_ana")
    text = unescape(page(claimed(asked().but(brief=facts), ana, NOW)))
    assert "As of Mon 02 Mar 13:45 (Asia/Kathmandu)" in text
    assert "since Mon 02 Mar 13:45 (Asia/Kathmandu)" in text
    assert "UTC" not in text


def test_what_ends_for_good_is_named_beside_its_button() -> None:
    text = unescape(page(asked().but(brief=brief(at_stake="T-7, visit 1 (no time yet)"))))
    assert "4 Cancel the ticket**: Everybody concerned is told. It ends T-7, visit 1" in text
