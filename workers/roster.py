"""Which workflows and activities work on which queue."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio.client import Client

from activities.aftercare import AftercareActivities
from activities.billing import BillingActivities
from activities.matching import MatchingActivities
from activities.tickets import TicketActivities
from models.db.engine import Database
from temporal.sealing import IntakeKeyring
from workflows.billing import BillingWorkflow
from workflows.ticket import TicketWorkflow

WORKFLOWS: Sequence[type] = (TicketWorkflow, BillingWorkflow)


def activities(
    database: Database, keyring: IntakeKeyring, client: Client
) -> Sequence[Callable[..., Any]]:
    """Every activity, bound to what it works with."""
    tickets = TicketActivities(database, keyring)
    matching = MatchingActivities(database, client)
    aftercare = AftercareActivities(database, client)
    billing = BillingActivities(database)
    return (
        tickets.admit_ticket,
        tickets.record_ticket,
        matching.settle_group,
        matching.wake_waiting,
        aftercare.start_billing,
        aftercare.open_survey,
        billing.issue_invoice,
    )
