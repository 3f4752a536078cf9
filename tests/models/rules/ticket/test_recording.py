"""What of a ticket is written down, and how much of it travels."""

from datetime import datetime, timedelta

import pytest

from models.calendar import packed
from models.event import OURSELVES
from models.events.visit import VisitOffered
from models.field import FactKind
from models.messages.matching import SettleGroup
from models.messages.ticket import CancelTicket
from models.promise.policy import NORMAL
from models.rules.matching.posing import concerning
from models.rules.ticket.closing import cancelled
from models.rules.ticket.recording import free_again, is_revocable, record_of
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from models.visit import Proposal, ProposalState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    between,
    completed,
    fact,
    named,
    scheduled,
    with_matching,
)

MOST, WINDOWS = 200, 50
KILOBYTE = 1000


def crowded(ticket: Ticket) -> Ticket:
    """The ticket with as many proposals of as many windows as a group takes."""
    proposals = tuple(
        Proposal(
            id=named("prp", n),
            visit_id=VISIT,
            expert_id=named("exp", n),
            times=packed(between(24 + 3 * w, 26 + 3 * w) for w in range(WINDOWS)),
            seq=n,
        )
        for n in range(1, MOST + 1)
    )
    return with_matching(ticket, proposals=proposals)


def test_a_report_from_the_field_is_recorded_in_little_however_many_proposed() -> None:
    known = crowded(scheduled()).but(news=())
    told = after(known, FactKind.EN_ROUTE)
    record = record_of(told, known, (), known.mark)
    assert record.news
    assert not record.proposals
    assert len(record.model_dump_json()) < 8 * KILOBYTE


def test_a_group_as_large_as_any_is_sent_to_be_settled_in_150_kilobytes() -> None:
    ticket = crowded(admitted())
    [group] = ticket.matching.groups
    ask = SettleGroup(ticket=concerning(ticket, group), group_id=group.id, now=NOW)
    assert len(ask.ticket.matching.proposals) == MOST
    assert len(ask.model_dump_json()) < 150 * KILOBYTE


def test_a_group_is_settled_by_what_concerns_it_alone() -> None:
    ticket = crowded(admitted())
    [group], [first, *_] = ticket.matching.groups, ticket.matching.proposals
    ticket = ticket.with_proposal(first.but(state=ProposalState.WITHDRAWN))
    sent = concerning(ticket, group)
    assert first.id not in {p.id for p in sent.matching.proposals}
    assert not sent.news
    assert (sent.filing, sent.policies) == (ticket.filing, ticket.policies)
    assert sent.promise.coverage is ticket.promise.coverage


def test_what_did_not_change_is_not_recorded_again() -> None:
    known = scheduled().but(news=())
    record = record_of(known, known, (), known.mark)
    assert (record.filing, record.promise) == (None, None)
    assert (record.visits, record.groups, record.proposals) == ((), (), ())


def test_a_ticket_that_was_never_recorded_is_recorded_whole() -> None:
    ticket = scheduled()
    record = record_of(ticket, None, (), "")
    assert (record.filing, record.promise) == (ticket.filing, ticket.promise)
    assert record.visits == ticket.visits
    assert record.groups == ticket.matching.groups
    assert record.proposals == ticket.matching.proposals


def test_whoever_is_told_of_a_visit_needs_to_know_what_it_needs() -> None:
    ticket = admitted()
    later = ticket.happened(VisitOffered(visit_id=VISIT), NOW + timedelta(hours=1), OURSELVES)
    record = record_of(later, ticket, (), ticket.mark)
    assert [visit.id for visit in record.visits] == [VISIT]


END = NOW + 25.5 * HOUR


@pytest.mark.parametrize(
    ("at", "free"),
    [
        (END - 1.5 * HOUR, (ANNA,)),
        (END - timedelta(seconds=1), (ANNA,)),
        (END, ()),
        (END + HOUR, ()),
    ],
)
def test_whoever_is_done_before_the_planned_end_has_more_time(
    at: datetime, free: tuple[str, ...]
) -> None:
    at_work = after(scheduled(), FactKind.STARTED, at=NOW + 24 * HOUR)
    assert free_again(at_work) == ()
    done = after(at_work.but(news=()), FactKind.COMPLETED, at=at)
    assert free_again(done) == free


def test_whoever_is_let_go_has_more_time_as_well_each_once() -> None:
    pair = scheduled(ANNA, BEN, skills=("refrigeration", "electrics"))
    assert free_again(pair) == ()
    over = cancelled(pair, CancelTicket(by=HELPDESK), NOW)
    assert free_again(over) == (ANNA, BEN)


def test_where_a_ticket_is_and_when_its_work_was_done_is_recorded() -> None:
    record = record_of(completed(), None, (), "")
    assert (record.zone, record.completed_at) == ("berlin", NOW)


@pytest.mark.parametrize("end", [FactKind.COMPLETED, FactKind.INCOMPLETE])
def test_an_end_that_gives_time_to_others_is_written_once_it_is_known_for_good(
    end: FactKind,
) -> None:
    at_work = after(scheduled(), FactKind.STARTED).but(news=())
    said = fact(end, follow_up=False)
    done, _ = reported(at_work.but(policies=NORMAL.but(report_lead=48 * HOUR)), said, NOW)
    assert [event.type for event in done.news] == [f"visit.{end}"]
    assert not is_revocable(done.news)
    assert free_again(done) == (ANNA,)
