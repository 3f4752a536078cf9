"""The one value of a decision, as the API takes it: under its own name, numbers as numbers."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from models.errors import Invalid
from models.rules.escalation.kind import Decision, Wants
from models.rules.escalation.reading import bare_value

NAMES: Mapping[Wants, tuple[str, ...]] = {
    Wants.NOTHING: (),
    Wants.CANDIDATE: ("candidate", "candidate_id"),
    Wants.OPTION: ("option", "option_id", "model_id"),
    Wants.CATEGORY: ("category", "category_id"),
    Wants.HOURS: ("hours",),
    Wants.MINUTES: ("minutes",),
    Wants.WAIT: ("minutes",),
    Wants.TIMES: ("times", "times_id"),
}
"""What the value may be called, where it is wrapped in an object."""
_COUNTED = frozenset({Wants.HOURS, Wants.MINUTES, Wants.WAIT})
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def value_of(params: Any, decision: Decision) -> str | int | None:
    """The value of a decision, out of the object that names it.

    Raises:
        Invalid: `parameter-unknown`, for a name that is not the decision's; `parameter-wrong`, for
            two values, and for a number that is sent as text.
    """
    field, given = _named(params, decision)
    value = bare_value(given)
    if isinstance(value, str) and (decision.wants in _COUNTED or value.isnumeric()):
        _refuse(field, "Send the number as a JSON number, without quotes.")
    if value is not None and not isinstance(value, str | int):
        _refuse(field, "Send one value.")
    return value


def _named(params: Any, decision: Decision) -> tuple[str, Any]:
    """Where the value stands, and the value."""
    if not isinstance(params, dict) or not params:
        return "/params", params
    known = NAMES[decision.wants]
    for name in params:
        if name not in known:
            raise Invalid(
                "parameter-unknown",
                f"{decision.action} takes no value of this name.",
                field=f"/params/{name}" if _PLAIN_NAME.fullmatch(name) else "/params",
                known=list(known),
            )
    if len(params) > 1:
        _refuse("/params", "Send one value.")
    [(name, value)] = params.items()
    return f"/params/{name}", value


def _refuse(field: str, rule: str) -> NoReturn:
    raise Invalid("parameter-wrong", rule, field=field)
