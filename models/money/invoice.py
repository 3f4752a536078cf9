"""Bills and what experts earn with the work behind them."""

from enum import StrEnum

from models.base import Value
from models.money.amount import Currency, Money


class InvoiceState(StrEnum):
    """Whether a bill is to be paid; one over nothing never is."""

    OPEN = "OPEN"
    PAID = "PAID"


class LineKind(StrEnum):
    """What a line of an invoice is for."""

    COVERED = "covered"
    CALL_OUT = "call_out"
    TIME = "time"
    URGENT_FEE = "urgent_fee"
    NO_SHOW = "no_show"
    NOTHING = "nothing"


class InvoiceLine(Value):
    """One line; `minutes` is the billed time of a TIME line, `plan_id` what a COVERED line rests
    on. NOTHING is for work that a person decided not to bill."""

    kind: LineKind
    amount: Money
    visit_id: str | None = None
    minutes: int | None = None
    plan_id: str | None = None


class Earning(Value):
    """What one expert earned with one assignment: `payout = gross - commission`."""

    assignment_id: str
    visit_id: str
    expert_id: str
    gross: Money
    commission: Money
    payout: Money


class Bill(Value):
    """A priced round of a ticket."""

    currency: Currency
    lines: tuple[InvoiceLine, ...]
    earnings: tuple[Earning, ...]

    @property
    def total(self) -> Money:
        """The sum of the lines."""
        return Money(amount=sum(line.amount.amount for line in self.lines), currency=self.currency)


class Tariff(Value):
    """What work costs in a zone, minor units of its currency."""

    currency: Currency
    call_out_fee: int
    hourly_rate: int
    urgent_fee: int
