"""What a ticket is asked once somebody has decided, with the words that explain it."""

from models.brief import Candidate
from models.escalation import Action
from models.rules.escalation.deed import Deed, cancelled, readmitted, sent
from tests.models.rules.escalation.test_kinds import deed
from tests.models.rules.stories import ANNA, BEN, HELPDESK, HOUR, NOW, VISIT, named

NOTE = named("not", 1)
CHOSEN = Candidate(
    number=2,
    expert_id=BEN,
    visit_id=VISIT,
    position=1,
    start=NOW + 24 * HOUR,
    end=NOW + 26 * HOUR,
    distance_km=3.0,
)


def explained(action: Action, model: str | None = None) -> Deed:
    """A decision that whoever made it explains in a note."""
    made = deed(action)
    return Deed(
        made.escalation,
        made.choice.but(note_id=NOTE),
        NOW,
        admission=made.admission,
        model_id=model,
    )


def test_whoever_gives_a_ticket_up_is_named_with_why() -> None:
    made = explained(Action.CANCEL)
    update, command = cancelled(made)
    told = command.model_dump()
    assert (update, told["note_id"]) == ("cancel", NOTE)
    assert told["by"] == made.by.model_dump()
    assert (made.by.actor, made.by.command_id) == (HELPDESK.actor, "c")


def test_an_expert_is_sent_to_the_place_and_at_the_time_for_which_they_were_chosen() -> None:
    made = explained(Action.ASSIGN)
    update, command = sent(made, CHOSEN)
    told = command.model_dump()
    assert update == "assign_expert"
    assert told.pop("by")["actor"] == HELPDESK.actor.model_dump()
    expected = {
        "request_id": made.request_id,
        "visit_id": VISIT,
        "position": 1,
        "expert_id": BEN,
        "start": NOW + 24 * HOUR,
        "note_id": NOTE,
        "instead_of": None,
    }
    assert expected.items() <= told.items()
    _, instead = sent(made, CHOSEN, ANNA)
    assert instead.model_dump()["instead_of"] == ANNA


def test_a_ticket_that_is_looked_up_again_takes_what_was_found_and_the_model_that_was_chosen() -> (
    None
):
    made = explained(Action.LINK_MODEL, "mod_a")
    update, command = readmitted(made)
    told = command.model_dump()
    assert (update, told["model_id"]) == ("readmit", "mod_a")
    assert made.admission is not None
    assert told["admission"] == made.admission.model_dump()
