"""What crosses Temporal only grows: messages and names are what is written down, or more of it."""

import copy
from collections.abc import Callable

import pytest

from tests.contracts.wire import LOCK_ANEW, MEND, Wire, breaks, locked, on_the_wire


def test_what_crosses_temporal_only_grows() -> None:
    assert breaks(locked(), on_the_wire()) == [], MEND


def test_what_crosses_temporal_is_written_down() -> None:
    known, now = locked(), on_the_wire()
    new = sorted(name for name, entry in now.items() if known.get(name) != entry)
    assert (new, known.keys() - now.keys()) == ([], set()), LOCK_ANEW


@pytest.fixture(scope="module")
def wire() -> Wire:
    """What crosses Temporal now."""
    return on_the_wire()


def test_values_inside_messages_are_held_to_the_same_law(wire: Wire) -> None:
    assert {"Ticket", "Window", "Cause", "Policies", "TicketStatus"} <= wire.keys()


@pytest.mark.parametrize(
    ("name", "takes", "gives"),
    [
        ("workflow Ticket", ["OpenTicket"], "TicketOutcome"),
        ("update Ticket.propose", ["Propose"], "Proposed"),
        ("signal Ticket.visit_reported", ["ReportVisit"], None),
        ("query Escalation.escalation", [], "Escalation"),
        ("activity settle_group", ["SettleGroup"], "Settlement"),
    ],
)
def test_a_name_is_locked_with_what_it_takes_and_gives(
    wire: Wire, name: str, takes: list[str], gives: str | None
) -> None:
    refs = {f"#/$defs/{kind}": kind for kind in wire}
    assert [refs[argument["$ref"]] for argument in wire[name]["takes"]] == takes
    assert refs.get(wire[name]["gives"].get("$ref", "")) == gives


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


def _name_gone(wire: Wire) -> None:
    del wire["signal Ticket.calendar_freed"]


def _name_changed(wire: Wire) -> None:
    wire["update Ticket.offer"] = wire.pop("update Ticket.propose")


def _other_answer(wire: Wire) -> None:
    wire["query Ticket.mark"]["gives"] = {"type": "integer"}


def _more_arguments(wire: Wire) -> None:
    wire["activity record_ticket"]["takes"].append({"type": "string"})


@pytest.mark.parametrize(
    "change",
    [
        _name_gone,
        _name_changed,
        _other_answer,
        _more_arguments,
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
def test_a_change_that_somebody_could_not_read_is_noticed(
    wire: Wire, change: Callable[[Wire], None]
) -> None:
    changed = copy.deepcopy(wire)
    change(changed)
    assert breaks(wire, changed)


def test_an_added_field_with_a_default_an_added_word_and_an_added_name_break_nobody(
    wire: Wire,
) -> None:
    changed = copy.deepcopy(wire)
    changed["Propose"]["properties"]["colour"] = {"type": "string", "default": "red"}
    changed["TicketStatus"]["enum"].append("DREAMING")
    changed["PaintTicket"] = {"type": "object", "properties": {}}
    changed["update Ticket.paint"] = {"takes": [{"$ref": "#/$defs/PaintTicket"}], "gives": {}}
    assert breaks(wire, changed) == []
