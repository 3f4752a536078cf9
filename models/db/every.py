"""Every table, imported so that the metadata knows it."""

from models.db import tables as ground
from models.db.catalogue import tables as catalogue
from models.db.escalation import tables as escalation
from models.db.flag import tables as flag
from models.db.intake import tables as intake
from models.db.knowledge import tables as knowledge
from models.db.matching import tables as matching
from models.db.message import tables as message
from models.db.money import tables as money
from models.db.people import tables as people
from models.db.promise import tables as promise
from models.db.report import tables as report
from models.db.status import tables as status
from models.db.ticket import tables as ticket
from models.db.visit import tables as visit

__all__ = [
    "catalogue",
    "escalation",
    "flag",
    "ground",
    "intake",
    "knowledge",
    "matching",
    "message",
    "money",
    "people",
    "promise",
    "report",
    "status",
    "ticket",
    "visit",
]
