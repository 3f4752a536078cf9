"""How long a search may go on, counted in steps: the same on every machine, unlike a clock."""


class BudgetSpentError(Exception):
    """The search has taken all the steps it was given."""


class Budget:
    """The steps that a search may still take."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take some steps, or raise `BudgetSpentError`."""
        self.left -= steps
        if self.left < 0:
            raise BudgetSpentError
