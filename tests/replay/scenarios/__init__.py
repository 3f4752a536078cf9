"""The lives of tickets whose histories are kept: a module a subject.

Together they send every signal and every update that a workflow takes.
"""

from tests.replay.scenarios import (
    catalogue,
    escalation,
    incident,
    matching,
    message,
    people,
    promise,
    ticket,
    unfinished,
    visit,
)
from tests.replay.scenarios.living import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    ticket.whole_life,
    ticket.cancelled_while_matching,
    ticket.cancelled_when_scheduled,
    ticket.closed_by_itself,
    ticket.reopened,
    ticket.put_right,
    escalation.asked_the_helpdesk,
    escalation.decided_by_a_person,
    escalation.times_offered,
    promise.coverage_decided,
    promise.charge_waived,
    promise.given_up_in_review,
    promise.late_clocks,
    promise.late_evidence,
    people.looked_up_again,
    people.never_found,
    catalogue.model_linked,
    catalogue.model_created,
    catalogue.model_left_open,
    visit.reported_out_of_order,
    visit.silent_expert,
    visit.suspended_expert,
    visit.implausible_work,
    visit.work_after_cancel,
    incident.cannot_arrive,
    incident.cannot_enter,
    unfinished.more_time,
    unfinished.unfinished_work,
    unfinished.nobody_says_that_it_is_over,
    message.told_by_phone,
    message.sent_again,
    matching.proposals_released,
    matching.sent_by_hand,
    matching.chained,
    matching.waited_for_an_expert,
)
