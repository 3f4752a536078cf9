"""What works on the queue of tickets."""

from collections.abc import Callable, Sequence
from typing import Any

from temporalio.client import Client

from activities.escalation.decisions import DecisionActivities
from activities.escalation.escalations import EscalationActivities
from activities.gateways.travel.scouting import RECKONING, KnownWays
from activities.intake.comparing import ComparingActivities
from activities.matching import MatchingActivities
from activities.money.aftercare import AftercareActivities
from activities.money.billing import BillingActivities
from activities.people import RightsActivities
from activities.ticket.paying import Accounts
from activities.ticket.tickets import TicketActivities
from activities.visit import VisitActivities
from models.db.engine import Database
from temporal.flags import Flags
from temporal.sealing import IntakeKeyring
from workflows.escalation import EscalationWorkflow
from workflows.money.bill import BillingWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.ticket.story import TicketWorkflow

WORKFLOWS: Sequence[type] = (
    TicketWorkflow,
    BillingWorkflow,
    EscalationWorkflow,
    ReconciliationWorkflow,
)


def activities(
    database: Database,
    keyring: IntakeKeyring,
    client: Client,
    flags: Flags,
    ways: KnownWays = RECKONING,
    accounts: Accounts | None = None,
) -> Sequence[Callable[..., Any]]:
    """Every activity, bound to what it works with."""
    tickets = TicketActivities(database, keyring, flags, accounts)
    matching = MatchingActivities(database, client, ways)
    visits = VisitActivities(database)
    aftercare = AftercareActivities(client)
    billing = BillingActivities(database)
    rights = RightsActivities(database)
    escalations = EscalationActivities(database, client, ways)
    decisions = DecisionActivities(database, client, accounts)
    comparing = ComparingActivities(database, keyring, client)
    return (
        tickets.admit_ticket,
        tickets.file_addition,
        tickets.record_ticket,
        matching.settle_group,
        matching.book_by_hand,
        matching.wake_waiting,
        visits.extend_visit,
        visits.give_time_back,
        rights.check_rights,
        aftercare.start_billing,
        billing.issue_invoice,
        billing.credit_work,
        escalations.open_escalation,
        escalations.tell_escalation,
        escalations.prepare_brief,
        escalations.have_facts_follow,
        escalations.record_escalation,
        escalations.seek_stand_ins,
        decisions.carry_out,
        decisions.suggest_times,
        comparing.compare_accepted,
        comparing.compare_strangers,
    )
