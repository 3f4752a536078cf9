"""One question to a person, from the first who is asked to the answer."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.escalation.decisions import DecisionActivities
from activities.escalation.escalations import EscalationActivities
from models.escalation import Escalation
from models.messages.escalation import (
    CarryOut,
    ConditionGone,
    EscalationOutcome,
    FactsMoved,
    PrepareBrief,
    RaiseEscalation,
    RecordEscalation,
)
from models.rules.escalation import escalating
from models.rules.escalation.page import page
from models.rules.ticket import recording
from models.ticket import Timer
from temporal.search_attributes import ESCALATION_LEVEL, NEXT_DUE
from workflows.causes import Causes
from workflows.escalation_door import EscalationDoor
from workflows.options import DATABASE, HOUSE
from workflows.story_clock import StoryClock
from workflows.timers import Alarm

OUT_OF_ORDER = "Something is out of order here. Try again; if that fails too, tell the engineers."
WAITING = "WAITING FOR A DECISION - open the tab 'User Metadata'"


@workflow.defn(name="Escalation")
class EscalationWorkflow(EscalationDoor):
    """Helpdesk is asked, then a manager, then an admin, until one decides or the world heals."""

    @workflow.init
    def __init__(self, ask: RaiseEscalation) -> None:
        self._escalation = escalating.raised(ask)
        self._recorded_seq = 0
        self._briefed_at_level = 0
        self._shown_level = 1
        self._healed = False
        self._because: str | None = None
        self._clock = StoryClock()
        self._causes = Causes(self._clock)
        self._alarm = Alarm()
        self._offer()

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
            self._escalation = escalating.healed(self._escalation, now, self._because)
        self._escalation = escalating.stepped(self._escalation, self._clock.due, now)

    async def _learn(self) -> None:
        """Facts are gathered for whoever is asked next, after a decision that was refused, and when
        the ticket has moved; never between a decision and its execution, which rests on the facts
        that its maker read."""
        known = self._escalation
        if self._briefed_at_level == known.level or known.choice or not known.state.is_live:
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
        self._offer()

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
        if not self._alarm.has_rung:
            step = known.step_at and Timer(name=WAITING, due_at=known.step_at, subject=known.id)
            self._alarm.set(step or None)
        await workflow.wait_condition(
            lambda: (
                self._escalation is not known
                or self._healed
                or self._alarm.has_rung
                or not self._briefed_at_level
            )
        )
        if deadline := self._alarm.noticed():
            self._clock.rang(deadline)

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

    def _pace(self, step: timedelta | None) -> None:
        """Ask the next level sooner, or later, and show by when."""
        if step is not None and step != self._escalation.step:
            self._escalation = escalating.repaced(self._escalation, step, self._clock.now)
            self._shown_level = 0

    def _outcome(self) -> EscalationOutcome:
        decided = self._escalation.decided
        return EscalationOutcome(
            state=self._escalation.state,
            action=decided.action if decided else None,
            by=decided.by.id if decided else None,
            level=self._escalation.level,
        )

    @workflow.signal(description="The world has healed.")
    def condition_gone(self, gone: Annotated[Any, ConditionGone] = None, *_: Any) -> None:
        """The ticket needs no answer any more."""
        try:
            said = ConditionGone.model_validate(gone)
        except ValidationError:
            return
        self._clock.heard()
        if said.escalation_id == self._escalation.id:
            self._healed, self._because = True, said.because

    @workflow.signal(description="The ticket has moved on.")
    def facts_moved(self, moved: Annotated[Any, FactsMoved] = None, *_: Any) -> None:
        """The facts are gathered again."""
        try:
            said = FactsMoved.model_validate(moved)
        except ValidationError:
            return
        self._clock.heard()
        if said.escalation_id == self._escalation.id:
            self._briefed_at_level = 0
            self._pace(said.step)

    @workflow.query(description="The whole escalation.")
    def escalation(self) -> Escalation:
        """Everything that is known and decided."""
        return self._escalation
