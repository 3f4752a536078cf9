"""Messages only grow: what crosses Temporal is what is written down, or more of it."""

import copy
from collections.abc import Callable

import pytest

from tests.contracts.wire import Wire, breaks, locked, on_the_wire


def test_messages_only_grow() -> None:
    assert breaks(locked(), on_the_wire()) == []


def test_what_crosses_temporal_is_written_down() -> None:
    assert on_the_wire() == locked(), "run `python -m tests.contracts.wire` and commit the lock"


def test_values_inside_messages_are_held_to_the_same_law() -> None:
    assert {"Ticket", "Window", "Cause", "Policies", "TicketStatus"} <= locked().keys()


def _message_gone(wire: Wire) -> None:
    del wire["Propose"]


def _field_gone(wire: Wire) -> None:
    del wire["Propose"]["properties"]["visit_id"]


def _field_renamed(wire: Wire) -> None:
    fields = wire["Propose"]["properties"]
    fields["visit"] = fields.pop("visit_id")


def _other_type(wire: Wire) -> None:
    wire["Propose"]["properties"]["visit_id"] = {"type": "integer"}


def _other_default(wire: Wire) -> None:
    wire["Policies"]["properties"]["min_lead"]["default"] = "PT5M"


def _no_default_any_more(wire: Wire) -> None:
    wire["CancelTicket"]["required"].append("note_id")


def _new_without_default(wire: Wire) -> None:
    wire["Propose"]["properties"]["colour"] = {"type": "string"}
    wire["Propose"]["required"].append("colour")


def _word_gone(wire: Wire) -> None:
    wire["TicketStatus"]["enum"].remove("REVIEW")


@pytest.mark.parametrize(
    "change",
    [
        _message_gone,
        _field_gone,
        _field_renamed,
        _other_type,
        _other_default,
        _no_default_any_more,
        _new_without_default,
        _word_gone,
    ],
)
def test_a_change_that_somebody_could_not_read_is_noticed(change: Callable[[Wire], None]) -> None:
    changed = copy.deepcopy(locked())
    change(changed)
    assert breaks(locked(), changed)


def test_an_added_field_with_a_default_and_an_added_word_break_nobody() -> None:
    changed = copy.deepcopy(locked())
    changed["Propose"]["properties"]["colour"] = {"type": "string", "default": "red"}
    changed["TicketStatus"]["enum"].append("DREAMING")
    changed["PaintTicket"] = {"type": "object", "properties": {}}
    assert breaks(locked(), changed) == []
