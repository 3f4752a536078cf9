"""What can happen around money. Amounts in minor units."""

from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.money.amount import Currency


class PaymentRequested(Facts):
    """The customer is to pay until some time."""

    kind: ClassVar = "payment.requested"
    tells: ClassVar = Tells(Audience.CUSTOMER, "payment.requested", ("expires_at",))

    expires_at: str


class BillingStarted(Facts):
    """A round was handed over to billing."""

    kind: ClassVar = "billing.started"

    round: int


class InvoiceIssued(Facts):
    """A bill is there. Its `number` is found when it is written."""

    kind: ClassVar = "invoice.issued"
    tells: ClassVar = Tells(Audience.CUSTOMER, "invoice.issued", ("invoice_id",))

    invoice_id: str
    total: int
    currency: Currency
    number: int | None = None
