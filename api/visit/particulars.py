"""What a report from the field carries beside its type and its time (docs/api.md, Reports from the
field)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from api.http.auth import Principal
from api.visit.report_schemas import VisitEvent
from models.errors import Invalid
from models.field import (
    EXTENSION_STEP,
    LONGEST_EXTENSION,
    ContactAttempt,
    FactKind,
    Hindrance,
    Particulars,
    Shortfall,
)

CARRIES: Mapping[FactKind, frozenset[str]] = {
    FactKind.EN_ROUTE: frozenset({"position"}),
    FactKind.ON_SITE: frozenset({"position"}),
    FactKind.STARTED: frozenset({"start_code"}),
    FactKind.START_PARTIAL: frozenset({"reason", "start_code"}),
    FactKind.NEED_MORE_TIME: frozenset({"minutes"}),
    FactKind.CANNOT_ARRIVE: frozenset({"reason"}),
    FactKind.CANNOT_ENTER: frozenset({"contact_attempts"}),
    FactKind.INCOMPLETE: frozenset(
        {"reason", "parts", "parts_eta", "skill", "follow_up", "minutes", "report"}
    ),
    FactKind.COMPLETED: frozenset({"report"}),
}
"""By type; the others carry nothing."""
_OF_A_TYPE = frozenset(
    {"reason", "minutes", "contact_attempts", "parts", "parts_eta", "skill", "follow_up", "report"}
    | {"start_code", "position"}
)
C = TypeVar("C", bound=StrEnum)


def require_complete(event: VisitEvent, principal: Principal) -> None:
    """Refuse a report that lacks what its type needs, or has what its type does not know. Staff
    who report for somebody say why with `reason`.

    Raises:
        Invalid: `type-missing`, `report-missing`, `report-too-early`, `field-of-another-type`,
            `reason-missing`, `minutes-missing`, `minutes-off-the-grid`, `contact-attempt-missing`;
            as `particulars_of`.
    """
    if event.type is None and event.corrects is None:
        raise Invalid("type-missing", "Say what you report.", field="/type")
    carries = CARRIES.get(event.type, frozenset()) if event.type else frozenset()
    if event.type is FactKind.COMPLETED and event.report is None:
        raise Invalid("report-missing", "A completed visit needs a report.", field="/report")
    for name in sorted(_OF_A_TYPE & event.model_fields_set - carries):
        if name == "report":
            raise Invalid(
                "report-too-early", "Only the end of a visit carries a report.", field="/report"
            )
        if name != "reason" or not principal.role.is_staff:
            said = f"{name} is no part of this type of report."
            raise Invalid("field-of-another-type", said, field=f"/{name}")
    _require_needed(event)
    _require_why(event, principal)
    particulars_of(event)


def _require_why(event: VisitEvent, principal: Principal) -> None:
    """Have whoever reports for somebody else say why, where no work report says more."""
    says_all = event.type in (None, FactKind.COMPLETED)
    if principal.role.is_staff and event.reason is None and not says_all:
        raise Invalid("reason-missing", "Say why you report for them.", field="/reason")


def _require_needed(event: VisitEvent) -> None:
    match event.type:
        case FactKind.START_PARTIAL if event.reason is None:
            raise Invalid("reason-missing", "Say why you begin without them.", field="/reason")
        case FactKind.NEED_MORE_TIME if event.minutes is None:
            raise Invalid("minutes-missing", "Say how many minutes more.", field="/minutes")
        case FactKind.NEED_MORE_TIME if (event.minutes or 0) > LONGEST_EXTENSION:
            most = f"At most {LONGEST_EXTENSION} minutes more, in steps of {EXTENSION_STEP}."
            raise Invalid("minutes-off-the-grid", most, field="/minutes")
        case FactKind.CANNOT_ENTER if not event.contact_attempts:
            raise Invalid(
                "contact-attempt-missing",
                "Try to reach the customer first, and say how and when.",
                field="/contact_attempts",
            )
        case _:
            return


def particulars_of(event: VisitEvent) -> Particulars:
    """What a report says beside its type and its time, without its words.

    Raises:
        Invalid: `reason-missing`, `reason-unknown`, `skill-unnamed`.
    """
    shortfall = None
    if event.type is FactKind.INCOMPLETE:
        shortfall = _code(Shortfall, event.reason)
        if shortfall is Shortfall.WRONG_SKILL and event.skill is None:
            raise Invalid("skill-unnamed", "Say which skill is needed.", field="/skill")
    hindrance = _code(Hindrance, event.reason) if event.type is FactKind.CANNOT_ARRIVE else None
    return Particulars(
        hindrance=hindrance,
        shortfall=shortfall,
        minutes=event.minutes,
        attempts=tuple(ContactAttempt(channel=a.channel, at=a.at) for a in event.contact_attempts),
        parts_eta=event.parts_eta,
        skill=event.skill,
        follow_up=event.follow_up,
    )


def words_of(event: VisitEvent) -> str:
    """The reason, where it is in words."""
    is_code = event.type in (FactKind.CANNOT_ARRIVE, FactKind.INCOMPLETE)
    return "" if is_code or event.reason is None else event.reason


def _code(codes: type[C], said: str | None) -> C:
    named = ", ".join(codes)
    if said is None:
        raise Invalid("reason-missing", f"Give the reason: {named}.", field="/reason")
    if said not in set(codes):
        raise Invalid("reason-unknown", f"The reason is one of {named}.", field="/reason")
    return codes(said)
