"""Everything that can happen, by the name of its kind."""

from collections.abc import Iterator, Mapping
from types import ModuleType

from models.event import Facts
from models.events import (
    continuing,
    escalation,
    field,
    flag,
    incident,
    matching,
    message,
    money,
    people,
    promise,
    report,
    status,
    ticket,
    visit,
)

SUBJECTS = (
    *(ticket, matching, visit, field, incident, continuing, promise, escalation),
    *(message, money, people, report, flag, status),
)


def kinds(module: ModuleType) -> Iterator[type[Facts]]:
    """What a module declares; what several of its kinds share is none itself."""
    for declared in vars(module).values():
        if isinstance(declared, type) and issubclass(declared, Facts) and "kind" in vars(declared):
            yield declared


EVENTS: Mapping[str, type[Facts]] = {
    declared.kind: declared for module in SUBJECTS for declared in kinds(module)
}
