"""Every table, imported so that the metadata knows it."""

from models.db import chore
from models.db.catalogue import tables as reference
from models.db.matching import tables as calendar
from models.db.message import tables as event
from models.db.money import tables as aftercare
from models.db.people import tables as people
from models.db.ticket import tables as ticket

__all__ = ["aftercare", "calendar", "chore", "event", "people", "reference", "ticket"]
