"""Asking people: opening an escalation, gathering its facts, writing it down."""

import asyncio

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.escalation.picturing import picture_of
from activities.escalation.standing_in import can_stand_in
from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.db.engine import Database
from models.db.escalation.briefs import show_brief
from models.db.escalation.reads import EscalationReads
from models.db.escalation.recorder import close_lost, record_escalation
from models.escalation import Brief, Escalation
from models.messages.escalation import (
    ConditionGone,
    FactsMoved,
    LookAgain,
    PrepareBrief,
    Prepared,
    RaiseEscalation,
    RecordEscalation,
    SeekStandIns,
    StandInsSought,
    TellEscalation,
)
from models.rules.escalation.briefing import brief_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.page import instructions, summary
from models.rules.escalation.telling import intents_of
from models.ticket import Ticket
from temporal.escalations import running_escalation
from temporal.failpoints import Failpoint, reached
from temporal.ids import workflow_of
from temporal.queues import TICKETS
from temporal.search_attributes import of_escalation
from temporal.telling import PATIENCE, tell_if_open

log = structlog.get_logger()

ESCALATION, CONDITION_GONE, FACTS_MOVED = "Escalation", "condition_gone", "facts_moved"


class EscalationActivities:
    """What escalations need of the world."""

    def __init__(self, database: Database, client: Client, ways: KnownWays = RECKONING) -> None:
        self._database = database
        self._client = client
        self._ways = ways

    @activity.defn
    async def open_escalation(self, ask: RaiseEscalation) -> bool:
        """Start the escalation of a question; False while an earlier one of its name is ending.
        That one may need the ticket to do so, which is why nobody waits here.

        Again after success: it runs already, which its memo says.
        """
        reached(Failpoint.BEFORE_OPEN, ask.concerns.id)
        try:
            await self._client.start_workflow(
                ESCALATION,
                ask,
                id=ask.workflow_id,
                task_queue=TICKETS,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={"escalation_id": ask.escalation_id},
                search_attributes=of_escalation(
                    zone=ask.zone,
                    urgency=ask.urgency,
                    reason=ask.reason,
                    level=1,
                    next_due=ask.opened_at + ask.step,
                ),
                static_summary=summary(ask.reason),
                static_details=instructions(ask.escalation_id),
                rpc_timeout=PATIENCE,
            )
        except WorkflowAlreadyStartedError:
            return await running_escalation(self._client, ask.workflow_id) == ask.escalation_id
        reached(Failpoint.AFTER_OPEN, ask.concerns.id)
        return True

    @activity.defn
    async def tell_escalation(self, tell: TellEscalation) -> None:
        """Tell an escalation that the world has healed; one that somebody ended from outside is
        closed here, as nobody else will.

        Again after success: it knows, or is over.
        """
        reached(Failpoint.BEFORE_END, tell.escalation_id)
        gone = ConditionGone(escalation_id=tell.escalation_id, because=tell.because)
        running = await running_escalation(self._client, tell.workflow_id)
        if running == tell.escalation_id:
            await tell_if_open(self._client, tell.workflow_id, CONDITION_GONE, gone)
        else:
            await asyncio.to_thread(self._close_lost, tell.escalation_id)
        reached(Failpoint.AFTER_END, tell.escalation_id)

    @activity.defn
    async def have_facts_follow(self, look: LookAgain) -> None:
        """Have escalations gather their facts again, as their ticket has moved.

        Again after success: they look once more.
        """
        for asking in look.asking:
            moved = FactsMoved(escalation_id=asking.escalation_id, step=asking.step)
            await tell_if_open(self._client, asking.workflow_id, FACTS_MOVED, moved)

    @activity.defn
    async def prepare_brief(self, prepare: PrepareBrief) -> Prepared:
        """Gather the facts of an escalation, fresh, and have its row show them.

        Again after success: they are gathered again, and shown as they are then.
        """
        asked = prepare.escalation
        handle = self._client.get_workflow_handle(workflow_of(asked.concerns))
        ticket: Ticket = await handle.query("ticket", result_type=Ticket, rpc_timeout=PATIENCE)
        return await asyncio.to_thread(self._prepared, prepare, ticket)

    @activity.defn
    def seek_stand_ins(self, ask: SeekStandIns) -> StandInsSought:
        """Find out whether somebody else could come for everybody who cannot.

        Again after success: as the calendars are then.
        """
        with self._database.reading() as session:
            found = can_stand_in(session, ask.ticket, ask.visit_id, ask.now, self._ways)
        return StandInsSought(found=found)

    @activity.defn
    def record_escalation(self, record: RecordEscalation) -> None:
        """Write an escalation's state, its news and whom they concern, in one transaction.

        Again after success: the sequence guard finds nothing to move.
        """
        reached(Failpoint.BEFORE_ESCALATE, record.escalation.ticket_id)
        record_escalation(self._database, record.escalation, intents_of(record.escalation))
        reached(Failpoint.AFTER_ESCALATE, record.escalation.ticket_id)

    def _close_lost(self, escalation_id: str) -> None:
        with self._database.unit_of_work() as session:
            now = activity.info().started_time
            close_lost(session, escalation_id, now)

    def _prepared(self, prepare: PrepareBrief, ticket: Ticket) -> Prepared:
        asked, known = prepare.escalation, None
        if prepare.first:
            with self._database.reading() as session:
                known = EscalationReads(session).escalation(asked.id)
        brief = self._facts(prepare, ticket, known or asked)
        show_brief(self._database, known or asked, brief)
        return Prepared(brief=brief, known=known)

    def _facts(self, prepare: PrepareBrief, ticket: Ticket, asked: Escalation) -> Brief:
        try:
            with self._database.reading() as session:
                picture = picture_of(session, ticket, asked, prepare.now, self._ways)
            return brief_of(picture, asked)
        except Exception as error:
            if self._database.is_outage(error):
                raise
            # Somebody is asked all the same, with what the ticket itself knows.
            log.exception("facts_missing", escalation_id=asked.id, error=type(error).__name__)
            return brief_of(Picture(ticket=ticket, now=prepare.now), asked)
