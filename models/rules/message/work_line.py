"""The line by which an expert is told of their work (docs/rules/messages.md, An assignment)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from models.rules.message.gsm import ONE_SMS, in_gsm

MARK = 10
"""Signs that are left to a gateway, which may mark what it sends to find it again."""

MOST = ONE_SMS - MARK
LONGEST_SKILL = 60
NOWHERE = "-"
_MINUTE = timedelta(minutes=1)


class Work(NamedTuple):
    """One expert's part of a visit; `start` is local time at its place."""

    ticket: int
    visit: int
    start: datetime
    length: timedelta
    skill: str
    city: str | None
    ref: str


def line_of(work: Work) -> str:
    """`SYSOPS T-1042/1 2026-12-08 14:00 90m refrigeration Berlin ref 7KQ2`: ticket and visit, day
    and hour, minutes, skill, city, and the name that the app has for it too. One line for a program
    to read: six words, then the city, which may have several, then two. What is too long is cut,
    the city first of all."""
    skill = in_gsm(work.skill)[:LONGEST_SKILL]
    before = (
        f"SYSOPS T-{work.ticket}/{work.visit} {work.start:%Y-%m-%d %H:%M}"
        f" {work.length // _MINUTE}m {skill} "
    )
    after = f" ref {work.ref}"
    room = MOST - len(before) - len(after)
    return f"{before}{in_gsm(work.city or '')[:room].strip() or NOWHERE}{after}"
