"""What each type of report carries, as it is told whoever builds one: a table, and an example of
each (docs/rules/states.md, Reports from the field)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from models.field import FactKind, Hindrance, Shortfall


class Guide(NamedTuple):
    """What a type of report needs, what it may carry beside that, and what it means."""

    needs: tuple[str, ...]
    may: tuple[str, ...]
    means: str


GUIDES: Mapping[FactKind, Guide] = {
    FactKind.ACKNOWLEDGED: Guide((), (), "you know of it, and come"),
    FactKind.EN_ROUTE: Guide((), ("position",), "you set out; the customer is told when you come"),
    FactKind.ON_SITE: Guide((), ("position",), "you are there"),
    FactKind.STARTED: Guide((), ("start_code",), "you begin to work"),
    FactKind.START_PARTIAL: Guide(
        ("reason",), ("start_code",), "you begin although somebody of the crew is missing"
    ),
    FactKind.NEED_MORE_TIME: Guide(("minutes",), (), "the planned end is too early"),
    FactKind.CANNOT_ARRIVE: Guide(("reason",), (), "you do not come"),
    FactKind.CANNOT_ENTER: Guide(("contact_attempts",), (), "you are there, and nobody opens"),
    FactKind.INCOMPLETE: Guide(
        ("reason",),
        ("parts", "parts_eta", "skill", "minutes", "follow_up", "report"),
        "you end before the work is done",
    ),
    FactKind.COMPLETED: Guide(("report",), (), "the work is done"),
}


def listed(codes: type[StrEnum]) -> str:
    """The codes of an enumeration, as they are written."""
    return ", ".join(f"`{code}`" for code in codes)


def _example(kind: FactKind, number: int, **carried: Any) -> dict[str, Any]:
    return {
        "client_event_id": f"phone-7-{number:04d}",
        "type": kind.value,
        "occurred_at": "2026-12-01T10:35:00+01:00",
        **carried,
    }


_PLACE = {"lat": 52.5006, "lng": 13.4031}
EXAMPLES: Mapping[FactKind, dict[str, Any]] = {
    FactKind.ACKNOWLEDGED: _example(FactKind.ACKNOWLEDGED, 38),
    FactKind.EN_ROUTE: _example(FactKind.EN_ROUTE, 39, position=_PLACE),
    FactKind.ON_SITE: _example(FactKind.ON_SITE, 40, position=_PLACE),
    FactKind.STARTED: _example(FactKind.STARTED, 41, start_code="4711"),
    FactKind.START_PARTIAL: _example(
        FactKind.START_PARTIAL, 42, reason="My colleague is in a jam; I begin with the wiring."
    ),
    FactKind.NEED_MORE_TIME: _example(FactKind.NEED_MORE_TIME, 43, minutes=45),
    FactKind.CANNOT_ARRIVE: _example(FactKind.CANNOT_ARRIVE, 44, reason=Hindrance.VEHICLE.value),
    FactKind.CANNOT_ENTER: _example(
        FactKind.CANNOT_ENTER,
        45,
        contact_attempts=[
            {"channel": "bell", "at": "2026-12-01T10:31:00+01:00"},
            {"channel": "phone", "at": "2026-12-01T10:33:00+01:00"},
        ],
    ),
    FactKind.INCOMPLETE: _example(
        FactKind.INCOMPLETE,
        46,
        reason=Shortfall.NEEDS_PARTS.value,
        parts=[{"sku": "relay-240v", "quantity": 1}],
        parts_eta="2026-12-04T08:00:00+01:00",
        minutes=60,
        report={"notes": "Compressor relay burnt; ordered."},
    ),
    FactKind.COMPLETED: _example(
        FactKind.COMPLETED,
        47,
        report={
            "notes": "Compressor relay replaced.",
            "parts": [{"sku": "relay-240v", "quantity": 1}],
        },
    ),
}
"""A report of each type that is whole."""
SHOWN: Mapping[str, Any] = {
    kind.value: {"summary": GUIDES[kind].means.capitalize(), "value": EXAMPLES[kind]}
    for kind in FactKind
}
"""As OpenAPI shows them."""


def _row(kind: FactKind) -> str:
    guide = GUIDES[kind]
    carried = [*(f"`{name}`" for name in guide.needs), *(f"`{name}`?" for name in guide.may)]
    return f"| `{kind}` | {', '.join(carried)} | {guide.means} |"


DESCRIPTION = "\n".join(
    (
        "Late, repeated and out of order is fine: the time at which it occurred counts.",
        "",
        "| type | carries | means |",
        "| --- | --- | --- |",
        *(_row(kind) for kind in FactKind),
        "",
        "`?`: may be left out. Every report may have `sent_at` and `corrects`, and has `expert_id` "
        "where the helpdesk makes it.",
        "",
        f"`reason` of `cannot_arrive` is one of {listed(Hindrance)}; of `incomplete` one of "
        f"{listed(Shortfall)}, and WRONG_SKILL names the `skill`.",
        "",
        "`start_code` is needed where the work item says `start_code_needed`. `need_more_time` "
        "asks every calendar first: 200 with `end`, or 409 `next-visit-affected`.",
    )
)
"""What `POST /v1/visits/{visit_id}/events` tells of itself."""
