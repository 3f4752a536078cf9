"""Durations the company decides, with the defaults of domain §4.1."""

from datetime import timedelta

from models.base import Value


class Policies(Value):
    """The durations that govern one ticket; ISO 8601 on the wire."""

    pending_timeout: timedelta = timedelta(hours=24)
    match_hold: timedelta = timedelta(0)
    min_lead: timedelta = timedelta(minutes=60)
    reschedule_cutoff: timedelta = timedelta(hours=2)
    accept_link_ttl: timedelta = timedelta(hours=24)
    auto_close_after: timedelta = timedelta(days=30)
    survey_ttl: timedelta = timedelta(days=14)


NORMAL = Policies()
URGENT = Policies(pending_timeout=timedelta(hours=2), min_lead=timedelta(0))
