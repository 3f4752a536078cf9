"""What can happen while a person is asked. Every such event names its escalation, why it asks and
whose turn it is: level 1 is helpdesk, 2 manager, 3 admin."""

from typing import ClassVar

from models.escalation import Action, EscalationReason
from models.event import Audience, Facts, Tells

_TOLD = ("reason", "level")


class EscalationFacts(Facts):
    """What every one states."""

    escalation_id: str
    reason: EscalationReason
    level: int


class EscalationOpened(EscalationFacts):
    """Somebody has to decide."""

    kind: ClassVar = "escalation.opened"
    tells: ClassVar = Tells(Audience.HELPDESK, "escalation.opened", _TOLD)

    subject: str


class EscalationRaisedAgain(EscalationFacts):
    """It was ended from outside without an answer, and is asked again where it stood."""

    kind: ClassVar = "escalation.raised_again"
    tells: ClassVar = Tells(Audience.HELPDESK, "escalation.opened", _TOLD)


class EscalationStepped(EscalationFacts):
    """Nobody decided in time: the next level is asked."""

    kind: ClassVar = "escalation.stepped"
    tells: ClassVar = Tells(Audience.HELPDESK, "escalation.stepped", _TOLD)


class EscalationRepaced(EscalationFacts):
    """Each level has so many seconds to decide from now on: policies became others."""

    kind: ClassVar = "escalation.repaced"

    seconds: int


class EscalationClaimed(EscalationFacts):
    """Somebody works on it."""

    kind: ClassVar = "escalation.claimed"


class EscalationUnclaimed(EscalationFacts):
    """Nobody works on it any more."""

    kind: ClassVar = "escalation.released"


class EscalationDecided(EscalationFacts):
    """Somebody decided; it is being done."""

    kind: ClassVar = "escalation.decided"

    action: Action
    parameter: str | int | None
    note_id: str | None


class DecisionRefused(EscalationFacts):
    """What was decided could not be done."""

    kind: ClassVar = "escalation.decision_refused"

    action: Action


class EscalationResolved(EscalationFacts):
    """What was decided is done."""

    kind: ClassVar = "escalation.resolved"

    subject: str
    action: Action | None


class EscalationAutoResolved(EscalationFacts):
    """It needs no answer any more; `because` of what, where that is more than that the world moved
    on."""

    kind: ClassVar = "escalation.auto_resolved"

    subject: str
    action: Action | None
    because: str | None = None


class WaitExtended(Facts):
    """Nobody is asked about a subject before some time."""

    kind: ClassVar = "wait.extended"

    subject: str
    until: str
