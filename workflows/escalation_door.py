"""How people reach an escalation: one update a decision, and three that are always there."""

from typing import Any

from temporalio import workflow

from models.actor import Actor
from models.errors import Conflict, Forbidden
from models.escalation import Brief, Choice, Escalation
from models.messages.escalation import EscalationStanding
from models.rules.escalation import escalating
from models.rules.escalation.kind import CLAIM, REFRESH, RELEASE, Decision
from models.rules.escalation.reading import noted, parameter_of, require_nothing
from models.rules.escalation.registry import DECISIONS, KINDS
from temporal.ids import signer
from workflows.causes import Causes
from workflows.story_clock import StoryClock


class EscalationDoor:
    """What people type is anything; the validators read it. Handlers only change the state: the
    story does the work."""

    _escalation: Escalation
    _briefed_at_level: int
    _clock: StoryClock
    _causes: Causes

    def _offer(self) -> None:
        """What the reason, or the facts, leave no choice of is no button."""
        brief = self._escalation.brief
        mine = {d.name: d for d in KINDS[self._escalation.reason].decisions}
        for name in DECISIONS:
            decision = mine.get(name)
            if decision is None or (brief and decision.action not in brief.possible):
                workflow.set_update_handler(name, None)
            elif workflow.get_update_handler(name) is None:
                self._offer_again(decision)

    def _offer_again(self, decision: Decision) -> None:
        # The SDK takes no description here, so only the name stands in the list from now on.
        def decide(given: Any = None) -> EscalationStanding:
            return self._decided(decision, given)

        def check(given: Any = None) -> None:
            self._check(decision, given)

        workflow.set_update_handler(decision.name, decide, validator=check)

    def _decided(self, decision: Decision, given: Any) -> EscalationStanding:
        self._escalation = escalating.chosen(self._escalation, self._choice(decision, given))
        self._causes.used(self._causes.arrived())
        return self._standing(f"{decision.label}: being done. Press R.")

    def _check(self, decision: Decision, given: Any) -> None:
        escalating.chosen(self._escalation, self._choice(decision, given))

    @workflow.update(
        name=REFRESH,
        description="Gather the facts again. The page shows how things stand now.",
    )
    def refresh(self, given: Any = None) -> EscalationStanding:
        """Gather the facts again."""
        self._clock.heard()
        self._briefed_at_level = 0
        return self._standing("Being gathered. Press R.")

    @refresh.validator
    def _refresh(self, given: Any = None) -> None:
        require_nothing(given)
        escalating.require_may_decide(self._escalation, person())

    @workflow.update(
        name=CLAIM,
        description="Claim it. Others see that you work on it: nobody but you, or a manager, "
        "decides then.",
    )
    def claim(self, given: Any = None) -> EscalationStanding:
        """Somebody works on it."""
        self._escalation = escalating.claimed(self._escalation, person(), workflow.now())
        self._causes.used(self._causes.arrived())
        return self._standing("Claimed.")

    @claim.validator
    def _claim(self, given: Any = None) -> None:
        require_nothing(given)
        self._facts()
        escalating.claimed(self._escalation, person(), workflow.now())

    @workflow.update(name=RELEASE, description="Release it. Others may decide again.")
    def release(self, given: Any = None) -> EscalationStanding:
        """Nobody works on it any more."""
        self._escalation = escalating.unclaimed(self._escalation, person(), workflow.now())
        self._causes.used(self._causes.arrived())
        return self._standing("Released.")

    @release.validator
    def _release(self, given: Any = None) -> None:
        require_nothing(given)
        self._facts()
        escalating.unclaimed(self._escalation, person(), workflow.now())

    def _choice(self, decision: Decision, given: Any) -> Choice:
        by = person()
        self._facts()
        given, note_id = noted(given)
        return Choice(
            action=decision.action,
            parameter=parameter_of(decision, given, self._escalation),
            note_id=note_id,
            by=by,
            at=workflow.now(),
            command_id=_update_id(),
        )

    def _facts(self) -> Brief:
        """Before they are there it is not known either whether somebody works on it already.

        Raises:
            Conflict: `facts-not-ready`.
        """
        if self._escalation.brief is None:
            raise Conflict("facts-not-ready", "The facts are being gathered: press R in a moment.")
        return self._escalation.brief

    def _standing(self, said: str) -> EscalationStanding:
        return EscalationStanding(
            escalation_id=self._escalation.id,
            state=self._escalation.state,
            level=self._escalation.level,
            said=said,
        )


def person() -> Actor:
    """Who sends an update: its id says so.

    Raises:
        Forbidden: `unsigned-decision`.
    """
    known = signer(_update_id())
    if known is None:
        raise Forbidden(
            "unsigned-decision",
            "Nobody knows who you are here: open this page through the helpdesk's own address.",
        )
    return known


def _update_id() -> str:
    info = workflow.current_update_info()
    return info.id if info else ""


def _install(decision: Decision) -> None:
    """Make a decision an update of every escalation, as if it were written out above."""

    class Button(EscalationDoor):
        @workflow.update(name=decision.name, description=decision.description)
        def decide(self, given: Any = None) -> EscalationStanding:
            return self._decided(decision, given)

        @decide.validator
        def _checked(self, given: Any = None) -> None:
            self._check(decision, given)

    setattr(EscalationDoor, decision.name, Button.decide)


for _decision in DECISIONS.values():
    _install(_decision)
