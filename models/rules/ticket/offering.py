"""Offering a customer times at which experts could come (docs/rules/matching.md, Offers to the
customer)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.calendar import Window, cut, merged
from models.errors import Conflict, Invalid, NotFound
from models.event import OURSELVES
from models.events.matching import OfferAccepted, SlotsOffered
from models.identity import derived_id
from models.matching.offer import OfferedTimes, OfferedVisit, SlotOffer
from models.matching.problem import Fullness, MatchingProblem, Solution
from models.messages.matching import AcceptOffer, CalendarFreed, OfferSlots
from models.rules.escalation.asking import with_due_questions
from models.rules.escalation.doubts import with_patience
from models.rules.escalation.matching import group_doubt
from models.rules.matching.evaluation import evaluate
from models.rules.matching.slots import HORIZON
from models.rules.transitions import TicketCommand, require_allowed
from models.ticket import Ticket
from models.visit import VisitState

MOST_SUGGESTIONS = 10
APART = timedelta(minutes=60)


def suggestions(
    problem: MatchingProblem, now: datetime, most: int = MOST_SUGGESTIONS
) -> list[OfferedTimes]:
    """When the group could be staffed if the customer had time: the best solution, then the next
    ones whose first visit starts at least an hour later. Times only, no people."""
    found = []
    for solution in _solutions(problem, now):
        found.append(_times(problem, solution))
        if len(found) == most:
            break
    return found


def _solutions(problem: MatchingProblem, now: datetime) -> Iterator[Solution]:
    until = now + HORIZON
    always = {v.id: Window(start=now, end=until) for v in problem.visits}
    # What waits for its parts is made when they are there, whatever the customer would like.
    problem = problem.but(
        slots={v.id: cut((always[v.id],), v.not_before or now) for v in problem.visits}
    )
    while (solution := evaluate(problem).solution) is not None:
        yield solution
        problem = problem.but(earliest=min(solution.starts.values()) + APART)


def _times(problem: MatchingProblem, solution: Solution) -> OfferedTimes:
    return OfferedTimes(
        visits=tuple(
            OfferedVisit(
                visit_id=v.id,
                window=Window(start=solution.starts[v.id], end=solution.starts[v.id] + v.duration),
            )
            for v in problem.visits
        )
    )


def is_possible(problem: MatchingProblem, times: OfferedTimes) -> bool:
    """Whether the group can still be staffed at these very times, as far as one can say."""
    slots = {**problem.slots, **{v.visit_id: (v.window,) for v in times.visits}}
    return evaluate(problem.but(slots=slots)).fullness in (Fullness.FULL, Fullness.UNDECIDED)


def slots_offered(ticket: Ticket, offer: OfferSlots, now: datetime) -> Ticket:
    """The ticket with times offered to its customer, who is told, with a link that accepts once.

    Raises:
        Conflict: `illegal-transition`.
        Invalid: `offer-empty`.
    """
    require_allowed(ticket, TicketCommand.OFFER_SLOTS)
    if not offer.options:
        raise Invalid("offer-empty", "No time can be offered: nobody could come.", field="")
    if any(o.id == offer.offer_id for o in ticket.matching.offers):
        return ticket
    expires_at = now + ticket.policies.accept_link_ttl
    made = SlotOffer(id=offer.offer_id, options=offer.options, expires_at=expires_at)
    group = ticket.group_of(offer.options[0].visits[0].visit_id)
    if group is not None and group.is_live:
        # While the customer thinks, nobody else is asked.
        ticket = with_patience(ticket, group_doubt(ticket, group), expires_at)
        ticket = ticket.with_group(group.but(offered_round=group.round))
    return ticket.but(
        matching=ticket.matching.but(offers=(*ticket.matching.offers, made))
    ).happened(
        SlotsOffered(
            offer_id=made.id,
            options=len(made.options),
            start=made.options[0].visits[0].window.start.isoformat(),
            expires_at=expires_at.isoformat(),
        ),
        now,
        offer.by,
    )


def offered_by_house(
    ticket: Ticket, group_id: str, options: tuple[OfferedTimes, ...], now: datetime
) -> Ticket:
    """The ticket whose customer was offered times without anybody's doing; once a round. Without
    any time to offer, a person is asked."""
    group = next(g for g in ticket.matching.groups if g.id == group_id)
    if not group.is_live or not options:
        return with_due_questions(ticket.with_group(group.but(offered_round=group.round)), now)
    offer_id = derived_id("off", group.id, str(group.round))
    return slots_offered(ticket, OfferSlots(offer_id=offer_id, options=options, by=OURSELVES), now)


def accepted(ticket: Ticket, answer: AcceptOffer, now: datetime) -> Ticket:
    """The ticket with the chosen times among its visits' slots, to be settled at once. Whoever
    takes the same times once more has them already.

    Raises:
        NotFound: `offer-unknown`.
        Conflict: `offer-used`, `offer-expired`, `offer-overtaken`.
        Invalid: `option-unknown`.
    """
    offer = offered(ticket, answer.offer_id)
    if offer.accepted == answer.option:
        return ticket
    require_answerable(offer, now)
    if not 0 <= answer.option < len(offer.options):
        raise Invalid("option-unknown", "There is no such option.", field="/option")
    for chosen in offer.options[answer.option].visits:
        visit, group = ticket.visit(chosen.visit_id), ticket.group_of(chosen.visit_id)
        if visit is None or group is None or visit.state is not VisitState.OPEN:
            raise Conflict("offer-overtaken", "The visit is settled already.")
        slots = merged((*ticket.slots_of(visit), chosen.window))
        ticket = ticket.with_visit(visit.with_agreed(slots))
        # The customer has decided: nothing is gained by holding the group for more proposals.
        ticket = ticket.with_group(group.but(needs_matching=True, hold_until=now))
    return with_offer(ticket, offer.but(accepted=answer.option)).happened(
        OfferAccepted(offer_id=offer.id, option=answer.option), now, answer.by
    )


def offered(ticket: Ticket, offer_id: str) -> SlotOffer:
    """What was offered to a ticket's customer.

    Raises:
        NotFound: `offer-unknown`.
    """
    offer = next((o for o in ticket.matching.offers if o.id == offer_id), None)
    if offer is None:
        raise NotFound("offer-unknown", "There is no such offer.")
    return offer


def require_answerable(offer: SlotOffer, now: datetime) -> None:
    """Let an offer be answered that is open still.

    Raises:
        Conflict: `offer-used`, `offer-expired`.
    """
    if offer.accepted is not None or offer.declined:
        raise Conflict("offer-used", "The offer is answered already.")
    if now >= offer.expires_at:
        raise Conflict("offer-expired", "The offer is over.")


def with_offer(ticket: Ticket, offer: SlotOffer) -> Ticket:
    """The ticket with an offer in its newer form."""
    offers = tuple(offer if o.id == offer.id else o for o in ticket.matching.offers)
    return ticket.but(matching=ticket.matching.but(offers=offers))


def with_time_again(ticket: Ticket, freed: CalendarFreed, _: datetime) -> Ticket:
    """The ticket with every group marked for evaluation that waits for one of these experts."""
    for group in ticket.matching.groups:
        waited_for = {p.expert_id for p in ticket.active_proposals(group)}
        if group.is_live and not group.needs_matching and waited_for & set(freed.expert_ids):
            ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket
