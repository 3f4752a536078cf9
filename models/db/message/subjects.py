"""How it is found out what a letter is about, by the kind of its subject: one entry a kind."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from models.db.status.about import ABOUT_HOUSE, about_house
from models.db.ticket.about import ABOUT_TICKET, about_ticket
from models.subject import SubjectKind


class Known(NamedTuple):
    """What is known of the subjects of a kind.

    Attributes:
        sql: a scalar sub-select of one JSON array, of the subject that `mine.subject_id` names.
        read: the same as a value.
    """

    sql: str
    read: Callable[[Sequence[Any]], object]


KNOWN: Mapping[SubjectKind, Known] = {
    SubjectKind.TICKET: Known(ABOUT_TICKET, about_ticket),
    SubjectKind.HOUSE: Known(ABOUT_HOUSE, about_house),
}
