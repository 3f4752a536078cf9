"""What a finished round costs, and what its experts earn (docs/rules/money.md, Invoice;
Earnings)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from models.errors import Conflict
from models.messages.money import BillTicket, WorkDone
from models.money.amount import Money
from models.money.invoice import Bill, Earning, InvoiceLine, LineKind, Tariff
from models.ticket import Coverage, Urgency

QUARTER = timedelta(minutes=15)


def priced(
    bill: BillTicket, tariff: Tariff, plan_urgent_fee: int | None, commissions: Mapping[str, str]
) -> Bill:
    """The invoice lines of a round and the earnings behind them.

    A covered or waived round has one line of nothing, which names the plan; any other a call-out
    and the time of every expert, by the started quarter of an hour, or the minutes that a person
    decided. An urgent ticket costs its fee either way: the plan's where a plan pays, the tariff's
    otherwise. A visit that nobody opened for costs its fee, unless the charge is waived. What a
    person decided not to bill costs nothing and earns nothing, and a round of nothing else costs no
    urgent fee.

    Args:
        bill: the work, and who pays for it.
        tariff: the zone's prices.
        plan_urgent_fee: the plan's fee, minor units, where there is a plan.
        commissions: percent per expert id, decimal strings.

    Raises:
        Conflict: `coverage-undecided` for a coverage that nobody decided; it is never guessed.
    """
    lines: list[InvoiceLine] = []
    match bill.coverage:
        case Coverage.COVERED | Coverage.WAIVED:
            nothing = Money(amount=0, currency=tariff.currency)
            lines.append(InvoiceLine(kind=LineKind.COVERED, amount=nothing, plan_id=bill.plan_id))
        case Coverage.PAY_PER_JOB:
            for work in bill.work:
                lines += _work_lines(work, tariff)
        case Coverage.NOT_COVERED | Coverage.UNKNOWN:
            raise Conflict("coverage-undecided", "Nobody decided who pays for this round.")
    urgent = bill.urgency is Urgency.URGENT and bill.round == 1
    if urgent and bill.coverage is not Coverage.WAIVED and not _is_for_nothing(bill):
        by_plan = bill.coverage is Coverage.COVERED and plan_urgent_fee is not None
        fee = plan_urgent_fee if by_plan and plan_urgent_fee is not None else tariff.urgent_fee
        lines.append(
            InvoiceLine(
                kind=LineKind.URGENT_FEE, amount=Money(amount=fee, currency=tariff.currency)
            )
        )
    if bill.coverage is not Coverage.WAIVED:
        lines += _no_shows(bill, tariff)
    return Bill(
        currency=tariff.currency,
        lines=tuple(lines),
        earnings=earned(bill.work, tariff, commissions),
    )


def earned(
    work: Sequence[WorkDone], tariff: Tariff, commissions: Mapping[str, str]
) -> tuple[Earning, ...]:
    """What experts earn with their work, whoever pays for it. Commissions are percent per expert
    id, decimal strings."""
    return tuple(_earned(w, tariff, Decimal(commissions[w.expert_id])) for w in work if _is_paid(w))


def _no_shows(bill: BillTicket, tariff: Tariff) -> list[InvoiceLine]:
    """One line for every visit that nobody opened for, whoever pays for the work; none, where that
    costs nothing."""
    if not bill.no_show_fee:
        return []
    fee = Money(amount=bill.no_show_fee, currency=tariff.currency)
    return [
        InvoiceLine(kind=LineKind.NO_SHOW, amount=fee, visit_id=visit_id)
        for visit_id in bill.no_shows
    ]


def billed_minutes(worked: timedelta) -> int:
    """The minutes billed: every started quarter of an hour, at least one."""
    quarters = -(-worked // QUARTER)
    return 15 * max(1, quarters)


def _is_paid(work: WorkDone) -> bool:
    return work.minutes != 0


def _is_for_nothing(bill: BillTicket) -> bool:
    return not any(_is_paid(work) for work in bill.work)


def _work_lines(work: WorkDone, tariff: Tariff) -> list[InvoiceLine]:
    if not _is_paid(work):
        nothing = Money(amount=0, currency=tariff.currency)
        return [InvoiceLine(kind=LineKind.NOTHING, amount=nothing, visit_id=work.visit_id)]
    minutes = billed_minutes(work.worked) if work.minutes is None else work.minutes
    return [
        InvoiceLine(
            kind=LineKind.CALL_OUT,
            amount=Money(amount=tariff.call_out_fee, currency=tariff.currency),
            visit_id=work.visit_id,
        ),
        InvoiceLine(
            kind=LineKind.TIME,
            amount=_for_time(minutes, tariff),
            visit_id=work.visit_id,
            minutes=minutes,
        ),
    ]


def _for_time(minutes: int, tariff: Tariff) -> Money:
    exact = Decimal(tariff.hourly_rate) * minutes / 60
    return Money(amount=_rounded(exact), currency=tariff.currency)


def _earned(work: WorkDone, tariff: Tariff, percent: Decimal) -> Earning:
    gross = sum(line.amount.amount for line in _work_lines(work, tariff))
    commission = _rounded(gross * percent / 100)
    return Earning(
        assignment_id=work.assignment_id,
        visit_id=work.visit_id,
        expert_id=work.expert_id,
        gross=Money(amount=gross, currency=tariff.currency),
        commission=Money(amount=commission, currency=tariff.currency),
        payout=Money(amount=gross - commission, currency=tariff.currency),
    )


def _rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
