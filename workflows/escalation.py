"""One question to a person, from the first who is asked to the answer."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.escalation.decisions import DecisionActivities
from activities.escalation.escalations import EscalationActivities
from models.actor import Actor
from models.errors import Conflict, Forbidden
from models.escalation import Brief, Choice, Escalation
from models.messages.escalation import (
    CarryOut,
    ConditionGone,
    EscalationOutcome,
    EscalationStanding,
    PrepareBrief,
    RaiseEscalation,
    RecordEscalation,
)
from models.rules.escalation import escalating
from models.rules.escalation.kind import (
    CLAIM,
    REFRESH,
    RELEASE,
    Decision,
    noted,
    parameter_of,
    require_nothing,
    update_name,
)
from models.rules.escalation.page import page
from models.rules.escalation.registry import KINDS
from models.rules.ticket import recording
from models.ticket import Timer
from temporal.ids import signer
from temporal.search_attributes import ESCALATION_LEVEL, NEXT_DUE
from workflows.causes import Causes
from workflows.options import DATABASE, HOUSE
from workflows.story_clock import StoryClock
from workflows.timers import Alarm

OUT_OF_ORDER = "Something is out of order here. Try again; if that fails too, tell the engineers."
WAITING = "WAITING FOR A DECISION - open the tab 'User Metadata'"


@workflow.defn(name="Escalation")
class EscalationWorkflow:
    """Helpdesk is asked, then a manager, then an admin, until one decides or the world heals."""

    @workflow.init
    def __init__(self, ask: RaiseEscalation) -> None:
        self._escalation = escalating.raised(ask)
        self._recorded_seq = 0
        self._briefed_at_level = 0
        self._shown_level = 1
        self._healed = False
        self._clock = StoryClock()
        self._causes = Causes(self._clock)
        self._alarm = Alarm()
        self._offer(KINDS[ask.reason].decisions)

    @workflow.run
    async def run(self, ask: RaiseEscalation) -> EscalationOutcome:
        """From the question to the answer."""
        while self._escalation.state.is_live:
            self._catch_up()
            await self._learn()
            await self._record()
            await self._carry_out()
            await self._next_event()
        await self._record()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._outcome()

    def _catch_up(self) -> None:
        now = self._clock.now
        if self._healed:
            self._escalation = escalating.healed(self._escalation, now)
        self._escalation = escalating.stepped(self._escalation, self._clock.due)

    async def _learn(self) -> None:
        """Facts are gathered for whoever is asked next, and after a decision that was refused."""
        if self._briefed_at_level == self._escalation.level or not self._escalation.state.is_live:
            return
        self._briefed_at_level = self._escalation.level
        prepared = await workflow.execute_local_activity_method(
            EscalationActivities.prepare_brief,
            PrepareBrief(
                escalation=self._escalation, now=self._clock.now, first=not self._recorded_seq
            ),
            **DATABASE,
        )
        if prepared.known is not None:
            self._escalation = escalating.raised_again(prepared.known, self._clock.now)
        self._escalation = escalating.briefed(self._escalation, prepared.brief)
        self._offer(KINDS[self._escalation.reason].decisions)

    async def _record(self) -> None:
        """Write until what is written is what is: a handler may move it meanwhile."""
        while self._escalation.news:
            written = self._escalation
            record = RecordEscalation(escalation=written)
            over = not written.state.is_live
            if self._causes.are_kept and recording.is_revocable(written.news) and not over:
                await workflow.execute_local_activity_method(
                    EscalationActivities.record_escalation, record, **DATABASE
                )
            else:
                await self._causes.act(EscalationActivities.record_escalation, record, DATABASE)
            left = tuple(e for e in self._escalation.news if e.seq > written.seq)
            self._escalation = self._escalation.but(news=left)
            self._recorded_seq = written.seq
        self._show()

    async def _carry_out(self) -> None:
        """What somebody decided is done by asking the ticket, which may refuse."""
        choice = self._escalation.choice
        if choice is None:
            return
        try:
            done = await self._causes.act(
                DecisionActivities.carry_out,
                CarryOut(escalation=self._escalation, now=self._clock.now),
                HOUSE,
                summary=f"{choice.action} as {choice.by.id} decided",
            )
            refusal = done.refusal
        except ActivityError:
            refusal = OUT_OF_ORDER
        self._escalation = escalating.carried_out(self._escalation, refusal, self._clock.now)
        self._briefed_at_level = 0

    async def _next_event(self) -> None:
        """Wait for a person, the next level's turn, or for the world to heal."""
        known = self._escalation
        if known.news or known.choice or not known.state.is_live or self._healed:
            return
        step = known.step_at and Timer(name=WAITING, due_at=known.step_at, subject=known.id)
        self._alarm.set(step or None)
        await workflow.wait_condition(
            lambda: (
                self._escalation is not known
                or self._healed
                or self._alarm.rang
                or not self._briefed_at_level
            )
        )
        if self._alarm.rang:
            self._clock.strike()

    def _show(self) -> None:
        escalation = self._escalation
        workflow.set_current_details(page(escalation))
        if escalation.level != self._shown_level:
            self._shown_level = escalation.level
            due = escalation.step_at
            workflow.upsert_search_attributes(
                [
                    ESCALATION_LEVEL.value_set(escalation.level),
                    NEXT_DUE.value_set(due) if due else NEXT_DUE.value_unset(),
                ]
            )

    def _outcome(self) -> EscalationOutcome:
        decided = self._escalation.decided
        return EscalationOutcome(
            state=self._escalation.state,
            action=decided.action if decided else None,
            by=decided.by.id if decided else None,
            level=self._escalation.level,
        )

    # One button a decision. What a person types is anything; the validator reads it.

    def _offer(self, decisions: Sequence[Decision]) -> None:
        """What the facts leave no choice of is no button; the others keep their numbers."""
        brief = self._escalation.brief
        for number, decision in enumerate(decisions, start=1):
            name = update_name(number, decision)
            if brief is None or decision.action in brief.possible:
                self._allow(name, decision)
            else:
                workflow.set_update_handler(name, None)

    def _allow(self, name: str, decision: Decision) -> None:
        def decide(given: Any = None) -> EscalationStanding:
            self._escalation = escalating.chosen(self._escalation, self._choice(decision, given))
            self._causes.used(self._causes.arrived())
            return self._standing(f"{decision.button}: being done. Press R.")

        def check(given: Any = None) -> None:
            escalating.chosen(self._escalation, self._choice(decision, given))

        workflow.set_update_handler(name, decide, validator=check)

    @workflow.update(name=REFRESH, description="The page shows how things stand now.")
    def refresh(self, given: Any = None) -> EscalationStanding:
        """Gather the facts again."""
        self._clock.heard()
        self._briefed_at_level = 0
        return self._standing("Being gathered. Press R.")

    @refresh.validator
    def _refresh(self, given: Any = None) -> None:
        require_nothing(given)
        escalating.require_may_decide(self._escalation, _person())

    @workflow.update(name=CLAIM, description="Nobody but you, or a manager, decides then.")
    def claim(self, given: Any = None) -> EscalationStanding:
        """Somebody works on it."""
        self._escalation = escalating.claimed(self._escalation, _person(), workflow.now())
        self._causes.used(self._causes.arrived())
        return self._standing("Claimed.")

    @claim.validator
    def _claim(self, given: Any = None) -> None:
        require_nothing(given)
        self._facts()
        escalating.claimed(self._escalation, _person(), workflow.now())

    @workflow.update(name=RELEASE, description="Others may decide again.")
    def release(self, given: Any = None) -> EscalationStanding:
        """Nobody works on it any more."""
        self._escalation = escalating.unclaimed(self._escalation, _person(), workflow.now())
        self._causes.used(self._causes.arrived())
        return self._standing("Released.")

    @release.validator
    def _release(self, given: Any = None) -> None:
        require_nothing(given)
        self._facts()
        escalating.unclaimed(self._escalation, _person(), workflow.now())

    @workflow.signal(description="The world has healed.")
    def condition_gone(self, gone: Annotated[Any, ConditionGone] = None, *_: Any) -> None:
        """The ticket needs no answer any more."""
        try:
            said = ConditionGone.model_validate(gone)
        except ValidationError:
            return
        self._clock.heard()
        self._healed = self._healed or said.escalation_id == self._escalation.id

    @workflow.query(description="The whole escalation.")
    def escalation(self) -> Escalation:
        """Everything that is known and decided."""
        return self._escalation

    def _choice(self, decision: Decision, given: Any) -> Choice:
        by, brief = _person(), self._facts()
        given, note_id = noted(given)
        return Choice(
            action=decision.action,
            parameter=parameter_of(decision, given, brief),
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


def _update_id() -> str:
    info = workflow.current_update_info()
    return info.id if info else ""


def _person() -> Actor:
    """Who sends an update: its id says so.

    Raises:
        Forbidden: `unsigned-decision`.
    """
    person = signer(_update_id())
    if person is None:
        raise Forbidden(
            "unsigned-decision",
            "Nobody knows who you are here: open this page through the helpdesk's own address.",
        )
    return person
