"""The policies that govern a ticket."""

from collections.abc import Mapping

from models.promise.policy import NORMAL, URGENT, Policies
from models.ticket import Urgency


def policies_of(urgency: Urgency, changed: Mapping[str, str]) -> Policies:
    """The durations for tickets of an urgency, with those that were changed."""
    base = URGENT if urgency is Urgency.URGENT else NORMAL
    typed = Policies.model_validate(changed)
    return base.but(**{name: getattr(typed, name) for name in changed})
