"""What something is about: a kind of thing, and which one."""

from enum import StrEnum

from models.base import Value


class SubjectKind(StrEnum):
    """The things that events happen to, that people are told and asked about, and that are billed.

    A new one is named here, and by whoever reads or words it: `docs/extending.md` says where.
    """

    TICKET = "ticket"
    EXPERT = "expert"
    FLAG = "flag"
    HOUSE = "house"


class Subject(Value):
    """One thing of a kind. Its id begins with a prefix of that kind, so ids of two kinds never
    meet."""

    kind: SubjectKind
    id: str


def ticket(ticket_id: str) -> Subject:
    """A ticket, as what something is about."""
    return Subject(kind=SubjectKind.TICKET, id=ticket_id)


def expert(expert_id: str) -> Subject:
    """An expert, as what something is about."""
    return Subject(kind=SubjectKind.EXPERT, id=expert_id)


def flag(key: str) -> Subject:
    """A flag, as what something is about."""
    return Subject(kind=SubjectKind.FLAG, id=f"flg_{key}")


THE_HOUSE = Subject(kind=SubjectKind.HOUSE, id="hse_all")
"""All of it, as what something is about."""
