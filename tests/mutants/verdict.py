"""What a run over mutants of the rules says about their tests.

A mutant is a rule with one small change: another comparison, a fact left out, one more day. It is
killed when a test fails because of it, or never ends; a change that no test notices has survived.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

LEAST = 0.90
"""The share of mutants that the tests have to kill."""

KILLED = ("killed", "timeout")


class Mutant(NamedTuple):
    """One changed rule, such as `models.rules.ticket.closing.x_cancelled__mutmut_3`, and what
    became of it."""

    name: str
    outcome: str

    @property
    def module(self) -> str:
        """Where the rule stands."""
        return self.name.rpartition(".")[0]

    @property
    def is_killed(self) -> bool:
        """Whether a test noticed."""
        return self.outcome in KILLED


def mutants_of(results: Iterable[str]) -> Iterator[Mutant]:
    """The mutants in a list of results, one a line: `name: outcome`."""
    for line in results:
        name, separator, outcome = line.strip().partition(": ")
        if separator:
            yield Mutant(name, outcome)


def share_killed(mutants: Iterable[Mutant]) -> float:
    """The share of mutants that a test noticed; of none at all, none."""
    fates = [mutant.is_killed for mutant in mutants]
    return sum(fates) / len(fates) if fates else 0.0


def told(mutants: Iterable[Mutant]) -> Iterator[str]:
    """The survivors, then a line for every module that has any, then the share of all."""
    known = list(mutants)
    survivors = [mutant for mutant in known if not mutant.is_killed]
    for mutant in survivors:
        yield f"{mutant.outcome:>10}  {mutant.name}"
    whole = Counter(mutant.module for mutant in known)
    for module, count in sorted(Counter(mutant.module for mutant in survivors).items()):
        yield f"{whole[module] - count:>5} of {whole[module]:<5} {module}"
    killed = len(known) - len(survivors)
    yield f"killed {killed} of {len(known)}: {share_killed(known):.3f}, to be {LEAST:.2f}"
