"""How long a search may go on, counted in steps: the same on every machine, unlike a clock."""

MOST_DOUBLINGS = 2


def steps_after(undecided: int, first: int) -> int:
    """The steps of the next search of a group: twice as many each time that they did not do, at
    most twice."""
    return first << min(undecided, MOST_DOUBLINGS)


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
