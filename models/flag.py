"""Flags: what the company switches while the house runs, for everybody, for a share or for some
(docs/flags.md). What one decides enters a workflow as a fact; workflows never ask."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from models.base import Value
from models.errors import NotFound

EVERYTHING = 100
"""Per cent."""
_INTEGRATION = re.compile(r"integration\.[A-Za-z0-9_-]{1,80}")


class Flag(NamedTuple):
    """What can be switched.

    Attributes:
        key: what code and people call it.
        default: what it is until somebody says otherwise.
        means: what is so while it is on, for whoever switches it.
    """

    key: str
    default: bool
    means: str


KNOWN: Mapping[str, Flag] = {
    flag.key: flag
    for flag in (
        Flag(
            "auto_offer_slots",
            False,
            "Tickets offer times to their customer before the helpdesk is asked, as if the policy "
            "of that name were on.",
        ),
        Flag(
            "degraded_mode",
            False,
            "What can wait is answered 503 to spare the house: surveys, reports, exports. Intake, "
            "field and decisions go on.",
        ),
        Flag(
            "fee_raise",
            False,
            "Kept for later, and switches nothing yet: the fee of a visit that nobody takes will "
            "grow step by step.",
        ),
        Flag(
            "maps.primary",
            True,
            "The first map service is asked for travel times; off, the next one is.",
        ),
        *(
            Flag(
                f"messages.{channel}",
                True,
                f"Messages go out by {means}; off, they go by the next channel of their reader, or "
                "wait where there is none.",
            )
            for channel, means in (("sms", "SMS"), ("email", "e-mail"))
        ),
        Flag(
            "start_code",
            False,
            "Experts begin the work with the four digits that the customer was given; whoever has "
            "set out begins as they would have.",
        ),
    )
}
"""One entry a flag, by key; those of integrations are named after theirs and need none."""


ACT_AS_POLICIES = ("auto_offer_slots", "start_code")
"""The policies that a flag of the same name turns on, too (docs/flags.md)."""


class FlagSubject(Value):
    """For whom a flag is asked, as far as that is known. None of it: for the house."""

    customer: str | None = None
    zone: str | None = None
    integration: str | None = None

    @property
    def key(self) -> str:
        """What their share is drawn by: a customer is in or out wherever they are."""
        return self.customer or self.integration or self.zone or "house"


THE_HOUSE = FlagSubject()


class Rollout(Value):
    """For whom a flag is on. Off, for nobody. On, for whoever is listed, and for a share of the
    others: `percent` of them, drawn by their id, so that a growing share only adds."""

    on: bool
    percent: int = EVERYTHING
    customers: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    integrations: tuple[str, ...] = ()


Rollouts = Mapping[str, Rollout]
"""What somebody said of flags, by key; of the others the default holds."""


class TimeOn(NamedTuple):
    """For a while a flag was on for the house."""

    start: datetime
    end: datetime


def times_on(changes: Iterable[tuple[datetime, bool]], now: datetime) -> Iterator[TimeOn]:
    """When a flag was on that is off by default: each change of it, the first one first, with
    whether it was on from then on."""
    since: datetime | None = None
    for at, is_on in changes:
        if is_on:
            since = since or at
        elif since is not None:
            yield TimeOn(since, at)
            since = None
    if since is not None:
        yield TimeOn(since, now)


def flag_of(key: str) -> Flag:
    """The flag of a key.

    Raises:
        NotFound: `flag-unknown`.
    """
    known = KNOWN.get(key)
    if known is not None:
        return known
    if _INTEGRATION.fullmatch(key):
        # Whoever set an integration up wants it to work; its flag stops it in an incident.
        return Flag(key, True, "The integration of this id is called and heard.")
    raise NotFound("flag-unknown", "There is no such flag.")
