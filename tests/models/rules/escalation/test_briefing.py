"""What a person reads before they decide: all that was gathered, and by when they are wanted."""

from datetime import timedelta

import pytest

from models.brief import Candidate, Expected, Option, SuggestedTime
from models.escalation import Action, EscalationReason
from models.rules.escalation.briefing import brief_of
from models.rules.escalation.kind import Picture
from models.visit import AssignmentState
from tests.models.rules.escalation.test_escalating import asked
from tests.models.rules.stories import ANNA, HOUR, NOW, VISIT, scheduled

GATHERED = NOW + timedelta(minutes=7)
TIME = SuggestedTime(start=NOW + HOUR, end=NOW + 2 * HOUR, number=1)
MODEL = Option(number=1, value="mod_a", line="A")
CATEGORY = Option(number=1, value="oven", line="Built-in oven")
NEAR = Candidate(
    number=1,
    expert_id=ANNA,
    expert_no=17,
    visit_id=VISIT,
    position=0,
    start=NOW + HOUR,
    distance_km=3.2,
)
SILENT = Expected(
    expert_id=ANNA, expert_no=17, skill="refrigeration", state=AssignmentState.RESERVED
)


def picture() -> Picture:
    """All that can be gathered of a visit that is booked."""
    ticket = scheduled()
    return Picture(
        ticket=ticket,
        now=GATHERED,
        number=7,
        tz="Europe/Berlin",
        visit=ticket.visits[0],
        candidates=(NEAR,),
        times=(TIME,),
        options=(MODEL,),
        categories=(CATEGORY,),
        crew=(SILENT,),
    )


def test_a_brief_holds_the_lists_that_were_gathered_and_the_moment_of_its_facts() -> None:
    brief = brief_of(picture(), asked())
    assert (brief.candidates, brief.times) == ((NEAR,), (TIME,))
    assert (brief.options, brief.categories) == ((MODEL,), (CATEGORY,))
    assert (brief.crew, brief.gathered_at) == ((SILENT,), GATHERED)
    assert brief.people == ("1. Expert no. 17, 3 km away, free Mon 02 Mar 10:00 (Europe/Berlin)",)
    assert brief.at_stake == "T-7, visit 1 (Tue 03 Mar 09:00 (Europe/Berlin), 1 booked)"


@pytest.mark.parametrize(
    ("reason", "words", "possible"),
    [
        (
            EscalationReason.NO_ACK,
            "Expert no. 17 (refrigeration) has not answered",
            {Action.REMIND, Action.REPLACE, Action.RESCHEDULE},
        ),
        (
            EscalationReason.NOT_COVERED,
            "No plan of the customer covers",
            # Nobody decides who pays once somebody is booked.
            {Action.REQUEST_PAYMENT, Action.CANCEL},
        ),
    ],
)
def test_a_brief_is_in_the_words_of_its_reason_and_names_what_may_be_decided(
    reason: EscalationReason, words: str, possible: set[Action]
) -> None:
    brief = brief_of(picture(), asked().but(reason=reason))
    assert "T-7" in brief.headline
    assert words in " ".join((brief.headline, *brief.facts))
    assert set(brief.possible) == possible


def test_a_person_reads_by_when_to_decide_before_somebody_else_is_asked() -> None:
    brief = brief_of(picture(), asked(4 * HOUR))
    assert brief.decide_by == "by Mon 02 Mar 13:00 (Europe/Berlin)"


def test_whoever_is_asked_last_reads_to_decide_as_soon_as_they_can() -> None:
    assert brief_of(picture(), asked().but(step_at=None)).decide_by == "as soon as you can"
