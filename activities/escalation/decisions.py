"""Carrying out what a person decided: the ticket is asked, and may refuse."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.ticket.readmission import admission_again, model_as_written
from models.base import Message
from models.db.engine import Database
from models.db.matching.problems import ProblemRepository
from models.db.message.notifications import NotificationRepository
from models.db.ticket.reads import TicketReads
from models.errors import Category, Conflict, DomainError
from models.escalation import Action, Candidate, Choice, Escalation
from models.event import Cause
from models.identity import derived_id
from models.matching.offer import OfferedTimes
from models.messages.escalation import (
    CarriedOut,
    CarryOut,
    EscalationOver,
    ExtendWait,
    LeaveModelOpen,
    NotificationSettled,
    Readmit,
    RemindExpert,
    RequestPayment,
    RescheduleVisit,
    Suggested,
    SuggestTimes,
)
from models.messages.ticket import (
    Admission,
    AssignExpert,
    CancelTicket,
    DecideCoverage,
    OfferSlots,
)
from models.rules.ticket.offering import suggestions
from models.ticket import Coverage, Ticket
from temporal.failures import as_domain_error
from temporal.ids import ticket_workflow, workflow_of
from temporal.telling import tell_if_open

PATIENCE = timedelta(seconds=10)
ASSIGN, OFFER, CANCEL, COVERAGE = "assign_expert", "offer_slots", "cancel", "decide_coverage"
WAIT, PAYMENT, READMIT, LEAVE = (
    "extend_wait",
    "request_payment",
    "readmit",
    "leave_model_open",
)
REMIND, RESCHEDULE, SETTLE = "remind_expert", "reschedule", "settle_notification"
OVER = "escalation_over"

Request = tuple[str, Message]
"""An update of the ticket, and what it is sent."""


class DecisionActivities:
    """What a person decided, done."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._requests: Mapping[
            Action, Callable[[Escalation, Choice, CarryOut], Awaitable[Request]]
        ] = {
            Action.ASSIGN: self._assign,
            Action.OFFER_SLOTS: self._offer,
            Action.EXTEND_WAIT: self._wait,
            Action.CANCEL: self._cancel,
            Action.MARK_PAID: self._mark_paid,
            Action.WAIVE: self._waive,
            Action.REQUEST_PAYMENT: self._request_payment,
            Action.LINK_MODEL: self._link_model,
            Action.CREATE_MODEL: self._create_model,
            Action.GO_ON_WITHOUT: self._go_on_without,
            Action.LOOK_AGAIN: self._look_again,
            Action.REMIND: self._remind,
            Action.REPLACE: self._replace,
            Action.RESCHEDULE: self._reschedule,
            Action.TOLD: self._told,
            Action.SEND_AGAIN: self._send_again,
        }

    @activity.defn
    async def carry_out(self, ask: CarryOut) -> CarriedOut:
        """Ask the ticket for what was decided; its refusal is an answer.

        Again after success: the ticket knows the request by its id and answers as it did.
        """
        escalation, choice = ask.escalation, ask.escalation.choice
        assert choice is not None, "only a decision is carried out"
        handle = self._client.get_workflow_handle(workflow_of(escalation.concerns))
        try:
            update, message = await self._requests[choice.action](escalation, choice, ask)
            await handle.execute_update(
                update, message, id=_request_id(choice), rpc_timeout=PATIENCE
            )
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
        over = EscalationOver(escalation_id=escalation.id)
        await tell_if_open(self._client, handle.id, OVER, over)
        return CarriedOut()

    @activity.defn
    def suggest_times(self, ask: SuggestTimes) -> Suggested:
        """Look for times at which a group could be staffed.

        Again after success: as the calendars are then.
        """
        return Suggested(options=tuple(self._suggestions(ask)))

    async def _assign(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return ASSIGN, _sent(choice, _candidate(escalation, choice))

    async def _offer(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        ticket = await self._ticket(escalation.ticket_id)
        search = SuggestTimes(ticket=ticket, group_id=escalation.subject, now=ask.now)
        found = await asyncio.to_thread(self._suggestions, search)
        return OFFER, OfferSlots(
            offer_id=derived_id("off", escalation.id, choice.command_id),
            options=tuple(found),
            by=_by(choice),
        )

    async def _wait(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        hours = choice.parameter
        return WAIT, ExtendWait(
            subject=escalation.subject,
            reason=escalation.reason,
            by=_by(choice),
            until=ask.now + timedelta(hours=hours) if isinstance(hours, int) else None,
        )

    async def _cancel(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return CANCEL, CancelTicket(by=_by(choice), note_id=choice.note_id)

    async def _mark_paid(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return COVERAGE, _coverage(Coverage.COVERED, choice)

    async def _waive(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return COVERAGE, _coverage(Coverage.WAIVED, choice)

    async def _request_payment(
        self, escalation: Escalation, choice: Choice, ask: CarryOut
    ) -> Request:
        return PAYMENT, RequestPayment(by=_by(choice))

    async def _link_model(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        options = escalation.brief.options if escalation.brief else ()
        named = next((o.value for o in options if o.number == choice.parameter), None)
        return await self._readmission(escalation, choice, named or str(choice.parameter))

    async def _create_model(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        model_id = await asyncio.to_thread(
            self._created_model, escalation.ticket_id, str(choice.parameter)
        )
        return await self._readmission(escalation, choice, model_id)

    async def _go_on_without(
        self, escalation: Escalation, choice: Choice, ask: CarryOut
    ) -> Request:
        return LEAVE, LeaveModelOpen(by=_by(choice))

    async def _look_again(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return await self._readmission(escalation, choice, None)

    async def _remind(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return REMIND, RemindExpert(
            visit_id=escalation.subject, reason=escalation.reason, by=_by(choice)
        )

    async def _replace(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        ticket = await self._ticket(escalation.ticket_id)
        chosen, visit = _candidate(escalation, choice), ticket.visit(escalation.subject)
        old = (
            next((a for a in visit.crew if a.position == chosen.position), None) if visit else None
        )
        return ASSIGN, _sent(choice, chosen, instead_of=old.expert_id if old else "nobody")

    async def _reschedule(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return RESCHEDULE, RescheduleVisit(visit_id=escalation.subject, by=_by(choice))

    async def _told(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        return SETTLE, NotificationSettled(notification_id=escalation.about or "", by=_by(choice))

    async def _send_again(self, escalation: Escalation, choice: Choice, ask: CarryOut) -> Request:
        await asyncio.to_thread(self._requeue, escalation.about or "", ask)
        return await self._told(escalation, choice, ask)

    async def _ticket(self, ticket_id: str) -> Ticket:
        handle = self._client.get_workflow_handle(ticket_workflow(ticket_id))
        ticket: Ticket = await handle.query("ticket", result_type=Ticket, rpc_timeout=PATIENCE)
        return ticket

    async def _readmission(
        self, escalation: Escalation, choice: Choice, model_id: str | None
    ) -> Request:
        ticket = await self._ticket(escalation.ticket_id)
        admission = await asyncio.to_thread(self._admission, ticket, model_id)
        return READMIT, Readmit(admission=admission, by=_by(choice), model_id=model_id)

    def _admission(self, ticket: Ticket, model_id: str | None) -> Admission:
        with self._database.unit_of_work() as session:
            return admission_again(session, ticket, model_id)

    def _created_model(self, ticket_id: str, category: str) -> str:
        with self._database.unit_of_work() as session:
            return model_as_written(session, ticket_id, category)

    def _suggestions(self, ask: SuggestTimes) -> list[OfferedTimes]:
        ticket = ask.ticket
        group = next((g for g in ticket.groups if g.id == ask.group_id), None)
        with self._database.reading() as session:
            place = TicketReads(session).place(ticket.id)
            if group is None or place is None or not ticket.active_proposals(group):
                return []
            problem = ProblemRepository(session).problem(ticket, group, place, ask.now)
            return suggestions(problem, ask.now)

    def _requeue(self, notification_id: str, ask: CarryOut) -> None:
        with self._database.unit_of_work() as session:
            NotificationRepository(session).send_again(notification_id, ask.now)


def _by(choice: Choice) -> Cause:
    return Cause(actor=choice.by, command_id=choice.command_id)


def _sent(choice: Choice, chosen: Candidate, instead_of: str | None = None) -> AssignExpert:
    return AssignExpert(
        request_id=_request_id(choice),
        visit_id=chosen.visit_id,
        position=chosen.position,
        expert_id=chosen.expert_id,
        start=chosen.start,
        by=_by(choice),
        note_id=choice.note_id,
        instead_of=instead_of,
    )


def _request_id(choice: Choice) -> str:
    return derived_id("upd", choice.command_id)


def _coverage(coverage: Coverage, choice: Choice) -> DecideCoverage:
    return DecideCoverage(coverage=coverage, by=_by(choice), note_id=choice.note_id)


def _candidate(escalation: Escalation, choice: Choice) -> Candidate:
    brief = escalation.brief
    for candidate in brief.candidates if brief else ():
        if candidate.number == choice.parameter:
            return candidate
    raise Conflict("candidate-gone", "That candidate is no longer offered.")
