"""Carrying out what a person decided: the ticket is asked, and may refuse."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.escalation.standing_in import choices_of
from activities.ticket.paying import Accounts
from activities.ticket.readmission import admission_again, model_as_written, told_again
from models.db.engine import Database
from models.db.matching.problems import ProblemRepository
from models.db.message.notifications import NotificationRepository
from models.db.ticket.reads import TicketReads
from models.errors import Category, Conflict, DomainError
from models.matching.offer import OfferedTimes
from models.matching.problem import MatchingProblem
from models.messages.escalation import (
    CarriedOut,
    CarryOut,
    EscalationOver,
    Suggested,
    SuggestTimes,
)
from models.messages.ticket import Admission
from models.rules.escalation.appliance import linked_model
from models.rules.escalation.deed import Deed, Preparation
from models.rules.escalation.registry import KINDS
from models.rules.ticket.offering import is_possible, suggestions
from models.ticket import Ticket
from temporal.failpoints import Failpoint, reached
from temporal.failures import as_domain_error
from temporal.ids import ticket_workflow, workflow_of
from temporal.telling import tell_if_open

PATIENCE = timedelta(seconds=10)
OVER = "escalation_over"


class DecisionActivities:
    """What a person decided, done."""

    def __init__(
        self, database: Database, client: Client, accounts: Accounts | None = None
    ) -> None:
        self._database = database
        self._accounts = accounts or Accounts()
        self._client = client

    @activity.defn
    async def carry_out(self, ask: CarryOut) -> CarriedOut:
        """Ask the ticket for what was decided; its refusal is an answer.

        Again after success: the ticket knows the request by its id and answers as it did.
        """
        escalation, choice = ask.escalation, ask.escalation.choice
        assert choice is not None, "only a decision is carried out"
        handle = self._client.get_workflow_handle(workflow_of(escalation.concerns))
        decision = KINDS[escalation.reason].decision(choice.action)
        try:
            deed = await self._prepared(Deed(escalation, choice, ask.now), decision.before)
            update, message = decision.asks(deed)
            reached(Failpoint.BEFORE_DECIDE, escalation.id)
            await handle.execute_update(update, message, id=deed.request_id, rpc_timeout=PATIENCE)
            reached(Failpoint.AFTER_DECIDE, escalation.id)
        except WorkflowUpdateFailedError as failed:
            refused = as_domain_error(failed.cause)
            if refused is None or refused.category is Category.UNAVAILABLE:
                raise
            return CarriedOut(refusal=refused.detail)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return CarriedOut(refusal="The ticket is closed already.")
        except DomainError as refusal:
            if refusal.category is Category.UNAVAILABLE:
                raise
            return CarriedOut(refusal=refusal.detail)
        if decision.before is Preparation.ADMISSION:
            await asyncio.to_thread(self._tell_again, deed)
        over = EscalationOver(escalation_id=escalation.id)
        await tell_if_open(self._client, handle.id, OVER, over)
        return CarriedOut()

    @activity.defn
    def suggest_times(self, ask: SuggestTimes) -> Suggested:
        """Look for times at which a group could be staffed.

        Again after success: as the calendars are then.
        """
        return Suggested(options=tuple(self._suggestions(ask)))

    async def _prepared(self, deed: Deed, before: Preparation) -> Deed:
        """The deed with what has to be known, or done, before the ticket can be asked.

        Raises:
            DomainError: that cannot be.
        """
        escalation = deed.escalation
        match before:
            case Preparation.NOTHING:
                return deed
            case Preparation.TICKET:
                return replace(deed, ticket=await self._ticket(escalation.ticket_id))
            case Preparation.TIMES:
                return await self._with_times(deed)
            case Preparation.STAND_INS:
                ticket = await self._ticket(escalation.ticket_id)
                found = await asyncio.to_thread(self._choices, ticket, escalation.subject, deed.now)
                return replace(deed, ticket=ticket, times=found)
            case Preparation.ADMISSION:
                return await self._with_admission(deed)
            case Preparation.LINKED_MODEL:
                return await self._with_admission(replace(deed, model_id=linked_model(escalation)))
            case Preparation.CREATED_MODEL:
                created = await asyncio.to_thread(self._created_model, deed)
                return await self._with_admission(replace(deed, model_id=created))
            case Preparation.SENT_AGAIN:
                await asyncio.to_thread(self._requeue, escalation.about or "", deed.now)
                return deed
            case _:
                assert_never(before)

    async def _with_times(self, deed: Deed) -> Deed:
        """What was shown, and nothing else: if one of the times has gone, nothing is offered."""
        ticket = await self._ticket(deed.escalation.ticket_id)
        shown = deed.escalation.brief.times if deed.escalation.brief else ()
        times = tuple(time.offered for time in shown)
        ask = SuggestTimes(ticket=ticket, group_id=deed.escalation.subject, now=deed.now)
        if not await asyncio.to_thread(self._all_possible, ask, times):
            raise Conflict(
                "times-gone", "Not all of these times are possible any more: read it again."
            )
        return replace(deed, times=times)

    async def _with_admission(self, deed: Deed) -> Deed:
        ticket = await self._ticket(deed.escalation.ticket_id)
        admission = await asyncio.to_thread(self._admission, ticket, deed.model_id)
        return replace(deed, admission=admission)

    async def _ticket(self, ticket_id: str) -> Ticket:
        handle = self._client.get_workflow_handle(ticket_workflow(ticket_id))
        ticket: Ticket = await handle.query("ticket", result_type=Ticket, rpc_timeout=PATIENCE)
        return ticket

    def _admission(self, ticket: Ticket, model_id: str | None) -> Admission:
        said = self._accounts.ask(ticket.filing.customer_id)
        with self._database.unit_of_work() as session:
            return admission_again(session, ticket, model_id, said)

    def _tell_again(self, deed: Deed) -> None:
        with self._database.unit_of_work() as session:
            told_again(session, deed.escalation.concerns.id, deed.now)

    def _created_model(self, deed: Deed) -> str:
        with self._database.unit_of_work() as session:
            return model_as_written(session, deed.escalation.ticket_id, str(deed.choice.parameter))

    def _choices(self, ticket: Ticket, visit_id: str, now: datetime) -> tuple[OfferedTimes, ...]:
        with self._database.reading() as session:
            return choices_of(session, ticket, visit_id, now)

    def _suggestions(self, ask: SuggestTimes) -> list[OfferedTimes]:
        problem = self._problem(ask)
        return suggestions(problem, ask.now) if problem else []

    def _all_possible(self, ask: SuggestTimes, times: tuple[OfferedTimes, ...]) -> bool:
        problem = self._problem(ask)
        return problem is not None and all(is_possible(problem, offered) for offered in times)

    def _problem(self, ask: SuggestTimes) -> MatchingProblem | None:
        ticket = ask.ticket
        group = next((g for g in ticket.matching.groups if g.id == ask.group_id), None)
        with self._database.reading() as session:
            place = TicketReads(session).place(ticket.id)
            if group is None or place is None or not ticket.active_proposals(group):
                return None
            return ProblemRepository(session).problem(ticket, group, place, ask.now)

    def _requeue(self, notification_id: str, now: datetime) -> None:
        with self._database.unit_of_work() as session:
            NotificationRepository(session).send_again(notification_id, now)
