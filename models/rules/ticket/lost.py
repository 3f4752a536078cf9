"""What is to be done about a ticket whose workflow is gone (docs/rules/invariants.md, Loss)."""

from collections.abc import Iterable
from datetime import timedelta

from models.events.ticket import TicketAdmitted, TicketReceived
from models.events.visit import VisitOffered, VisitOpened

LATEST = timedelta(hours=72)
"""After so long nobody carries out what was asked: whoever filed it is asked first."""
_OF_ITSELF = frozenset(
    (TicketReceived.kind, TicketAdmitted.kind, VisitOpened.kind, VisitOffered.kind)
)
"""What happens to every ticket that is filed, whoever does what afterwards."""


def may_begin_again(happened: Iterable[str], age: timedelta) -> bool:
    """Whether a ticket can be started once more from what was accepted: it is wanted still, and
    nobody has done anything with it that would be undone.

    Args:
        happened: the kinds of its events, as far as they are written.
        age: how long ago it was accepted.
    """
    return age <= LATEST and _OF_ITSELF.issuperset(happened)
