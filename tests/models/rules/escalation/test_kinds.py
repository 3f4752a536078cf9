"""Every reason has its decisions, its words and its page; what people type is read or refused."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from activities.escalation.decisions import DecisionActivities
from models.actor import Actor, Role
from models.errors import Conflict, Invalid
from models.escalation import (
    Action,
    Brief,
    Candidate,
    Choice,
    Escalation,
    EscalationReason,
    Option,
)
from models.rules.escalation.escalating import carried_out, chosen, claimed, healed
from models.rules.escalation.kind import (
    CLAIM,
    MOST_HOURS,
    REFRESH,
    RELEASE,
    Decision,
    Picture,
    Wants,
    noted,
    parameter_of,
    require_nothing,
    update_name,
)
from models.rules.escalation.page import BUDGET, page
from models.rules.escalation.registry import KINDS
from models.ticket import Matching, Ticket
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import (
    ANNA,
    GROUP,
    NOW,
    VISIT,
    admitted,
    named,
    scheduled,
    with_filing,
)

NOTE = f"not_{'0' * 36}"
LONG = "Ü" * 200


def brief(**more: Any) -> Brief:
    """Facts that leave every decision open."""
    candidates = tuple(
        Candidate(number=n, expert_id=ANNA, visit_id=VISIT, position=0, start=NOW, distance_km=1.0)
        for n in (1, 2, 3)
    )
    options = (Option(number=1, value="mod_a", line="A"), Option(number=2, value="mod_b", line="B"))
    return Brief(
        headline="?", candidates=candidates, options=options, possible=tuple(Action), **more
    )


def decision(wants: Wants) -> Decision:
    return next(d for kind in KINDS.values() for d in kind.decisions if d.wants is wants)


def read(wants: Wants, given: Any) -> Any:
    return parameter_of(decision(wants), given, brief())


# What people type.

NUMBERS: Mapping[Any, int] = {
    2: 2,
    "2": 2,
    " 2 ": 2,
    "02": 2,
    "\u0662": 2,
    None: 1,
    "": 1,
    "  ": 1,
}


@pytest.mark.parametrize(("given", "number"), NUMBERS.items(), ids=repr)
def test_a_number_is_read_however_it_is_wrapped(given: Any, number: int) -> None:
    deep = given
    for _ in range(5000):
        deep = [deep]
    for wrapped in (given, [given], {"candidate": given}, [{"x": [given]}], (given,), deep):
        assert read(Wants.CANDIDATE, wrapped) == number


@pytest.mark.parametrize("nothing", [[], {}, [[]], {"x": None}, [""]])
def test_nothing_in_any_wrapping_is_the_first(nothing: Any) -> None:
    assert read(Wants.CANDIDATE, nothing) == 1
    assert read(Wants.HOURS, nothing) is None


@pytest.mark.parametrize(
    "given",
    [
        0,
        4,
        -1,
        10**30,
        10**5000,
        "9" * 8,
        "9" * 5000,
        "-1",
        "+1",
        "1.0",
        1.5,
        1.0,
        float("nan"),
        float("inf"),
        True,
        False,
        "true",
        "\u00b2",
        "\u2162",
        "1\x00",
        "one",
        b"1",
        [1, 2],
        {"a": 1, "b": 2},
        [[1], [2]],
        {1, 2},
        ...,
        "mod_a",
    ],
    ids=lambda given: repr(given)[:24] if not isinstance(given, int) else "a number",
)
def test_what_is_no_such_number_is_refused_with_what_to_type(given: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        read(Wants.CANDIDATE, given)
    assert refusal.value.code == "parameter-wrong"
    assert refusal.value.field == "/params"
    assert refusal.value.evidence == {"least": 1, "most": 3}
    assert len(refusal.value.detail) < 100


def test_hours_are_for_two_weeks_at_most() -> None:
    assert read(Wants.HOURS, MOST_HOURS) == MOST_HOURS
    for wrong in (0, MOST_HOURS + 1, "soon"):
        with pytest.raises(Invalid):
            read(Wants.HOURS, wrong)


def test_a_model_is_named_by_its_line_or_its_id() -> None:
    assert read(Wants.OPTION, {"model_id": "mod_bosch-kgn39vleb"}) == "mod_bosch-kgn39vleb"
    assert read(Wants.OPTION, 2) == 2
    for wrong in (3, "mod_", "mod_Mrs Roe", "mod_" + "x" * 100, "bosch"):
        with pytest.raises(Invalid):
            read(Wants.OPTION, wrong)


def test_a_category_is_a_word_and_nothing_that_a_history_should_not_keep() -> None:
    assert read(Wants.CATEGORY, " Oven ") == "oven"
    for wrong in (None, 7, "", "Mrs Roe, 5th floor", "+49 30 1", "x" * 81, "oven\n--", ["a", "b"]):
        with pytest.raises(Invalid):
            read(Wants.CATEGORY, wrong)


def test_where_nothing_is_asked_for_nothing_is_taken() -> None:
    for nothing in (None, "", " ", [], {}, [None]):
        assert read(Wants.NOTHING, nothing) is None
        require_nothing(nothing)
    for words in ("They are at +49 171 1", 0, False, ["a", "b"]):
        with pytest.raises(Invalid):
            read(Wants.NOTHING, words)
        with pytest.raises(Invalid):
            require_nothing(words)


def test_what_the_facts_leave_no_choice_of_is_refused_before_it_is_read() -> None:
    with pytest.raises(Conflict) as refusal:
        parameter_of(decision(Wants.CANDIDATE), ..., Brief(headline="?"))
    assert refusal.value.code == "decision-impossible"


def test_a_note_travels_by_its_name_and_never_by_its_words() -> None:
    assert noted({"parameter": 4, "note_id": NOTE}) == (4, NOTE)
    assert noted({"parameter": 4, "note_id": None}) == (4, None)
    assert noted({"parameter": 4}) == ({"parameter": 4}, None)
    for wrong in ("They shouted.", 7, ["x"], NOTE + "\n", ""):
        with pytest.raises(Invalid):
            noted({"parameter": 4, "note_id": wrong})


# The registry.


def test_no_reason_is_without_decisions() -> None:
    assert set(KINDS) == set(EscalationReason)


def test_every_action_is_a_decision_somewhere_and_is_carried_out() -> None:
    offered = {d.action for kind in KINDS.values() for d in kind.decisions}
    done = DecisionActivities(None, None)._requests  # type: ignore[arg-type]
    assert offered == set(Action) == set(done)


@pytest.mark.parametrize("reason", EscalationReason)
def test_buttons_are_numbered_apart_from_each_other_and_from_those_of_everybody(
    reason: EscalationReason,
) -> None:
    kind = KINDS[reason]
    names = [update_name(n, d) for n, d in enumerate(kind.decisions, start=1)]
    names += [REFRESH, CLAIM, RELEASE]
    assert len({name.split()[0] for name in names}) == len(names)
    assert len({d.action for d in kind.decisions}) == len(kind.decisions)
    for decided in kind.decisions:
        typed = "Data" in decided.button
        assert typed is (decided.wants is not Wants.NOTHING), decided.button


# Its words.


def picture(ticket: Ticket, **more: Any) -> Picture:
    return Picture(ticket=ticket, now=NOW, number=7, tz="Asia/Kathmandu", **more)


@pytest.mark.parametrize("reason", EscalationReason)
def test_every_reason_speaks_of_a_ticket_of_which_nothing_is_known(
    reason: EscalationReason,
) -> None:
    nothing = picture(
        with_filing(admitted(), category=None, zone=None).but(visits=(), matching=Matching())
    )
    kind = KINDS[reason]
    assert kind.headline(nothing, reason)
    assert isinstance(list(kind.facts(nothing)), list)
    assert set(kind.possible(nothing)) <= {d.action for d in kind.decisions}
    assert kind.possible(nothing)


def test_times_are_told_by_the_clock_on_the_customers_wall() -> None:
    assert picture(admitted()).local(NOW) == "Mon 02 Mar 13:45 (Asia/Kathmandu)"


def test_an_expert_is_spoken_of_by_number_and_no_customer_by_name() -> None:
    ticket = scheduled()
    facts = KINDS[EscalationReason.NO_ACK].facts(picture(ticket, visit=ticket.visits[0]))
    assert any(ANNA in fact for fact in facts)
    assert all("@" not in fact for fact in facts)


# Its page.


def long_winded(reason: EscalationReason) -> Escalation:
    facts = tuple(f"{number} {LONG}" for number in range(60))
    people = tuple(f"{n}. Expert no. 123456, 99 km away, free Mon 02 Mar" for n in range(1, 6))
    told = brief(facts=facts, people=people).but(headline="Headline.", decide_by="by noon")
    return asked().but(reason=reason, brief=told)


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
