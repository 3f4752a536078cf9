"""Every table, imported so that the metadata knows it."""

from models.db.tables import aftercare, calendar, chore, event, people, reference, ticket

__all__ = ["aftercare", "calendar", "chore", "event", "people", "reference", "ticket"]
