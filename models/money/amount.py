"""Money: integer minor units and a currency that knows how many of them make one."""

from enum import StrEnum

from models.base import Value


class Currency(StrEnum):
    """ISO 4217 codes in use."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    AUD = "AUD"
    NPR = "NPR"
    XAF = "XAF"

    @property
    def exponent(self) -> int:
        """Decimal places of the currency: XAF has none."""
        return 0 if self is Currency.XAF else 2


class Money(Value):
    """An amount in minor units (cents; whole francs for XAF)."""

    amount: int
    currency: Currency

    def __str__(self) -> str:
        places = self.currency.exponent
        if not places:
            return f"{self.amount} {self.currency}"
        whole, cents = divmod(abs(self.amount), 10**places)
        return f"{'-' if self.amount < 0 else ''}{whole}.{cents:0{places}d} {self.currency}"
