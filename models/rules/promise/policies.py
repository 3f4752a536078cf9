"""The policies that govern a ticket (docs/rules/timers.md, For whom a policy holds)."""

from collections.abc import Iterable, Mapping

from models.promise.policy import NORMAL, URGENT, Policies, PolicyRule
from models.ticket import Urgency


def winning(
    rules: Iterable[PolicyRule], zone: str | None, plan: str | None
) -> Mapping[str, PolicyRule]:
    """The rule that counts of each policy that was changed, by its name: that for plan and zone,
    else for the plan, else for the zone, else for everybody of the urgency."""
    fitting = (r for r in rules if r.zone in (None, zone) and r.plan in (None, plan))
    narrower_last = sorted(fitting, key=lambda r: (r.plan is not None, r.zone is not None))
    return {rule.name: rule for rule in narrower_last}


def policies_of(
    urgency: Urgency,
    rules: Iterable[PolicyRule],
    zone: str | None = None,
    plan: str | None = None,
) -> Policies:
    """The policies for tickets of an urgency in a zone under a plan, with those that were
    changed."""
    base = URGENT if urgency is Urgency.URGENT else NORMAL
    changed = {name: rule.value for name, rule in winning(rules, zone, plan).items()}
    typed = Policies.model_validate(changed)
    return base.but(**{name: getattr(typed, name) for name in changed})
