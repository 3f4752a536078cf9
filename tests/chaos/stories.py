"""How each failpoint is come by: a small story up to the moment before, and the word that leads to
it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from temporal.failpoints import Failpoint
from tests.chaos.cases import Case, is_asked_about, open_visit, staffed_visit


@dataclass(frozen=True)
class Story:
    """`before` is what must be so, `word` what somebody then says."""

    before: Callable[[Case], Awaitable[Any]]
    word: Callable[..., Awaitable[Any]]


async def nothing(case: Case) -> None:
    """The ticket is filed only with the word."""


async def matched(case: Case) -> None:
    """Filed, and experts may propose."""
    await case.file()
    await case.until(open_visit)


async def asked(case: Case) -> None:
    """Nobody came forward, and the helpdesk is asked."""
    await case.file(urgent=True)
    await case.until(is_asked_about)


async def settled(case: Case) -> None:
    """A visit is booked."""
    await matched(case)
    await propose(case)
    await case.until(staffed_visit)


async def at_work(case: Case) -> None:
    """The expert has begun."""
    await settled(case)
    for state in ("EN_ROUTE", "ON_SITE", "IN_PROGRESS"):
        await report(case)
        await case.until(lambda ticket, s=state: ticket["visits"][0]["state"] == s)


async def hindered(case: Case) -> None:
    """The expert of a visit cannot come, and the helpdesk is asked whom to send."""
    await settled(case)
    await case.report(await case.until(staffed_visit), kind="cannot_arrive", reason="VEHICLE")
    await case.until(is_asked_about)


async def file(case: Case, **how: Any) -> Any:
    """A customer files a ticket."""
    return await case.file(**how)


async def file_urgent(case: Case, **how: Any) -> Any:
    """One that nobody proposes for in time."""
    return await case.file(urgent=True, **how)


async def propose(case: Case, **how: Any) -> Any:
    """An expert proposes for the open visit."""
    return await case.propose(await case.until(open_visit), **how)


async def report(case: Case, **how: Any) -> Any:
    """The expert reports what comes next."""
    return await case.report(await case.until(staffed_visit), **how)


async def need_time(case: Case, **how: Any) -> Any:
    """The expert needs longer."""
    visit = await case.until(staffed_visit)
    return await case.report_of(visit, "need_more_time", {"minutes": 30}, **how)


async def leave_undone(case: Case, **how: Any) -> Any:
    """The expert ends before the work is done."""
    visit = await case.until(staffed_visit)
    return await case.report_of(visit, "incomplete", {"reason": "OUT_OF_TIME"}, **how)


async def cancel(case: Case, **how: Any) -> Any:
    """The customer gives up."""
    return await case.say("cancel", {"reason": "It works again."}, **how)


async def replace(case: Case, **how: Any) -> Any:
    """The helpdesk sends the first who could come instead."""
    return await case.resolve("replace", **how)


STORIES: Mapping[str, tuple[Story, ...]] = {
    "command": (Story(matched, propose), Story(settled, cancel), Story(settled, report)),
    "settle": (Story(matched, propose),),
    "record": (Story(nothing, file), Story(matched, propose), Story(settled, report)),
    "cancel": (Story(settled, cancel), Story(hindered, replace)),
    "replace": (Story(hindered, replace),),
    "send": (Story(hindered, replace),),
    "change": (Story(hindered, replace),),
    "extend": (Story(at_work, need_time),),
    "follow": (Story(at_work, leave_undone),),
    "open": (Story(nothing, file_urgent),),
    "end": (Story(asked, propose),),
    "bill": (Story(at_work, report),),
    "invoice": (Story(at_work, report),),
    "tell": (Story(nothing, file), Story(matched, propose), Story(settled, cancel)),
}
"""By what is done at the point. Several ways lead to some, and are taken in turn."""


def story_of(point: Failpoint, number: int) -> Story:
    """The way to a point that the number falls on."""
    ways = STORIES[point.partition(".")[0]]
    return ways[number % len(ways)]
