"""What somebody reported of their work, and what it is worth, for whoever decides about it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from models.money.amount import Money
from models.money.invoice import Earning
from models.rules.escalation.kind import Picture
from models.rules.escalation.wording import in_words
from models.rules.money.plausibility import worked
from models.visit import Assignment, Visit

_MINUTE = timedelta(minutes=1)


def named(picture: Picture, expert_id: str) -> str:
    """An expert as pages without names call them."""
    known = (e for e in picture.crew if e.expert_id == expert_id and e.expert_no)
    return next((f"expert no. {e.expert_no}" for e in known), "the expert")


def reported(picture: Picture, visit: Visit, assignment: Assignment) -> str:
    """What somebody said of a visit, in the order in which it occurred, and how long they worked by
    that."""
    facts = sorted(visit.facts_of(assignment), key=lambda f: f.order)
    said = ", ".join(f"{in_words(f.kind)} {picture.local(f.occurred_at)}" for f in facts)
    skill = next(p.skill for p in visit.positions if p.idx == assignment.position)
    who = named(picture, assignment.expert_id)
    minutes = worked(visit, assignment) // _MINUTE
    first = f"{who[0].upper()}{who[1:]} ({in_words(skill)})"
    return f"{first} reported: {said}; {minutes} minutes of work"


def earnings(picture: Picture) -> Iterator[str]:
    """What each of them earns with it."""
    for earning in picture.worth:
        who = named(picture, earning.expert_id)
        yield f"{who[0].upper()}{who[1:]} earns {less_commission((earning,))}"


def less_commission(earned: Sequence[Earning]) -> str:
    """What is paid out for some work, and from what that is left: 58.80 EUR (70.00 less
    commission)."""
    gross = _bare(total(e.gross for e in earned))
    return f"{total(e.payout for e in earned)} ({gross} less commission)"


def total(amounts: Iterator[Money]) -> Money:
    """The sum of some amounts of one currency, of which there is one at least."""
    first, *others = amounts
    return first.but(amount=first.amount + sum(other.amount for other in others))


def _bare(amount: Money) -> str:
    return str(amount).removesuffix(f" {amount.currency}")
