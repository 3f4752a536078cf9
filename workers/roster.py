"""Which workflows and activities work on which queue."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio.client import Client

from activities.aftercare import AftercareActivities
from activities.billing import BillingActivities
from activities.decisions import DecisionActivities
from activities.escalations import EscalationActivities
from activities.matching import MatchingActivities
from activities.tickets import TicketActivities
from models.db.engine import Database
from temporal.sealing import IntakeKeyring
from workflows.billing import BillingWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.ticket import TicketWorkflow

WORKFLOWS: Sequence[type] = (TicketWorkflow, BillingWorkflow, EscalationWorkflow)


def activities(
    database: Database, keyring: IntakeKeyring, client: Client
) -> Sequence[Callable[..., Any]]:
    """Every activity, bound to what it works with."""
    tickets = TicketActivities(database, keyring)
    matching = MatchingActivities(database, client)
    aftercare = AftercareActivities(client)
    billing = BillingActivities(database)
    escalations = EscalationActivities(database, client)
    decisions = DecisionActivities(database, client)
    return (
        tickets.admit_ticket,
        tickets.record_ticket,
        matching.settle_group,
        matching.book_by_hand,
        matching.wake_waiting,
        aftercare.start_billing,
        billing.issue_invoice,
        escalations.open_escalation,
        escalations.tell_escalation,
        escalations.prepare_brief,
        escalations.record_escalation,
        decisions.carry_out,
        decisions.suggest_times,
    )
