"""How each failpoint is come by: a small story up to the moment before, and the word that leads to
it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from temporal.failpoints import Failpoint
from tests.chaos.cases import Case, crew, is_asked_about, open_visit, rang, staffed_visit


@dataclass(frozen=True)
class Story:
    """`before` is what must be so, `word` what somebody then says."""

    before: Callable[[Case], Awaitable[Any]]
    word: Callable[..., Awaitable[Any]]


def paper(case: Case) -> bytes:
    """A file that nobody else brings."""
    return b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%" + case.ticket_id.encode() + b"\n%%EOF\n"


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


async def at_the_door(case: Case) -> None:
    """The expert is there."""
    await settled(case)
    await go_on(case, "EN_ROUTE", "ON_SITE")


async def at_work(case: Case) -> None:
    """The expert has begun."""
    await settled(case)
    await go_on(case, "EN_ROUTE", "ON_SITE", "IN_PROGRESS")


async def at_work_before_another(case: Case, *, urgent: bool = False) -> None:
    """The expert has begun, and another visit must follow at once."""
    await case.file(urgent=urgent)
    await case.add_after(await case.until(open_visit))
    ticket = await case.until(lambda t: t if len(t["visits"]) == 2 else None)
    for visit in ticket["visits"]:
        await case.propose(visit)
    await case.until(lambda t: all(v["state"] == "SCHEDULED" for v in t["visits"]))
    await go_on(case, "EN_ROUTE", "ON_SITE", "IN_PROGRESS")


async def go_on(case: Case, *states: str) -> None:
    """The expert reports what comes next until the first visit stands so."""
    for state in states:
        await report(case)
        await case.until(lambda ticket, s=state: ticket["visits"][0]["state"] == s)


async def mistaken(case: Case) -> None:
    """An expert said that they are on the way, and are not."""
    await case.file(urgent=True)
    await propose(case)
    await case.until(staffed_visit)
    await go_on(case, "EN_ROUTE")


async def given_time(case: Case) -> None:
    """The same, and they were granted more time and need less."""
    await at_work_before_another(case, urgent=True)
    await need_time(case)


async def hindered(case: Case) -> None:
    """The expert of a visit cannot come, and the helpdesk is asked whom to send."""
    await settled(case)
    await case.report(await case.until(staffed_visit), kind="cannot_arrive", reason="VEHICLE")
    await case.until(is_asked_about)


async def shut_out(case: Case) -> None:
    """The expert is before a closed door, and the helpdesk is asked what now."""
    await at_the_door(case)
    await find_door_closed(case)
    await case.until(is_asked_about)


async def worked_in_vain(case: Case) -> None:
    """An expert worked on a visit that was cancelled, and the helpdesk is asked about their pay."""
    await settled(case)
    visit = await case.until(staffed_visit)
    await cancel(case)
    await case.batch(visit, crew(visit)[0]["expert_id"], ("started", "completed"))
    await case.until(is_asked_about)


async def named_a_file(case: Case) -> None:
    """The work is done, and its report names a file."""
    await at_work(case)
    visit, content = await case.until(staffed_visit), paper(case)
    photo = {
        "mime": "application/pdf",
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
    said = {"report": {"notes": "Done.", "photos": [photo]}}
    await case.report_of(visit, "completed", said)


async def sharing(case: Case) -> None:
    """An expert lets us know where they are."""
    await case.share_position(0)


async def file(case: Case, **how: Any) -> Any:
    """A customer files a ticket."""
    return await case.file(**how)


async def file_urgent(case: Case, **how: Any) -> Any:
    """One that nobody proposes for in time."""
    return await case.file(urgent=True, **how)


async def propose(case: Case, **how: Any) -> Any:
    """An expert proposes for the open visit."""
    return await case.propose(await case.until(open_visit), **how)


async def send_by_hand(case: Case, **how: Any) -> Any:
    """The helpdesk sends somebody, whatever was proposed."""
    return await case.assign(await case.until(open_visit), 1, 2, **how)


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


async def find_door_closed(case: Case, **how: Any) -> Any:
    """The expert cannot enter."""
    visit = await case.until(staffed_visit)
    return await case.report_of(visit, "cannot_enter", rang(), **how)


async def begin_at_last(case: Case, **how: Any) -> Any:
    """The door is opened, and the expert begins."""
    visit = (await case.look())["visits"][0]
    return await case.report_of(visit, "started", {}, **how)


async def correct(case: Case, **how: Any) -> Any:
    """The expert takes back what they reported."""
    return await case.correct(await case.until(staffed_visit), **how)


async def cancel(case: Case, **how: Any) -> Any:
    """The customer gives up."""
    return await case.say("cancel", {"reason": "It works again."}, **how)


async def move(case: Case, **how: Any) -> Any:
    """The customer wants another day."""
    return await case.move(await case.until(staffed_visit), case.day + 1, **how)


async def choose_by_link(case: Case, **how: Any) -> Any:
    """The customer names another day by the link in a message."""
    return await case.choose_by_link(await case.until(staffed_visit), case.day + 1, **how)


async def replace(case: Case, **how: Any) -> Any:
    """The helpdesk sends the first who could come instead."""
    return await case.resolve("replace", **how)


async def reschedule(case: Case, **how: Any) -> Any:
    """The helpdesk has a visit matched anew."""
    return await case.resolve("reschedule", **how)


async def call_off(case: Case, **how: Any) -> Any:
    """The helpdesk calls a visit off."""
    return await case.resolve("cancel_visit", **how)


async def pay(case: Case, **how: Any) -> Any:
    """The helpdesk has an expert paid for what nobody is billed for."""
    return await case.resolve("pay_expert", **how)


async def bring(case: Case, **how: Any) -> Any:
    """The expert's phone brings a file."""
    visit = (await case.look())["visits"][0]
    return await case.bring(visit, crew(visit)[0]["expert_id"], paper(case), **how)


async def be_somewhere(case: Case, **how: Any) -> Any:
    """An expert's phone says where it is."""
    return await case.be_at(0, **how)


async def switch(case: Case, **how: Any) -> Any:
    """An admin switches a flag."""
    return await case.switch(**how)


STORIES: Mapping[str, tuple[Story, ...]] = {
    "command": (
        Story(matched, propose),
        Story(settled, cancel),
        Story(settled, report),
        Story(settled, choose_by_link),
    ),
    "admit": (Story(nothing, file),),
    "keep": (Story(settled, report), Story(at_the_door, find_door_closed)),
    "settle": (Story(matched, propose),),
    "assign": (Story(matched, send_by_hand),),
    "record": (Story(nothing, file), Story(matched, propose), Story(at_the_door, find_door_closed)),
    "cancel": (
        Story(settled, cancel),
        Story(hindered, replace),
        Story(settled, move),
        Story(at_work_before_another, leave_undone),
    ),
    "release": (
        Story(settled, move),
        Story(shut_out, reschedule),
        Story(settled, choose_by_link),
        Story(hindered, reschedule),
    ),
    "wake": (Story(settled, cancel), Story(hindered, replace), Story(settled, move)),
    "replace": (Story(hindered, replace),),
    "send": (Story(hindered, replace),),
    "change": (Story(hindered, replace), Story(at_work_before_another, need_time)),
    "extend": (Story(at_work, need_time), Story(at_work_before_another, need_time)),
    "grant": (Story(at_work_before_another, need_time), Story(at_work, need_time)),
    "return": (Story(given_time, correct),),
    "earlier": (Story(given_time, correct),),
    "follow": (Story(at_work, leave_undone), Story(at_work_before_another, leave_undone)),
    "correct": (Story(mistaken, correct),),
    "open": (Story(nothing, file_urgent), Story(at_the_door, find_door_closed)),
    "escalate": (Story(nothing, file_urgent), Story(hindered, replace)),
    "decide": (Story(hindered, replace), Story(shut_out, reschedule), Story(hindered, call_off)),
    "end": (Story(asked, propose), Story(shut_out, begin_at_last)),
    "bill": (Story(at_work, report),),
    "invoice": (Story(at_work, report),),
    "credit": (Story(worked_in_vain, pay),),
    "tell": (Story(nothing, file), Story(matched, propose), Story(settled, cancel)),
    "store": (Story(named_a_file, bring),),
    "bring": (Story(named_a_file, bring),),
    "place": (Story(sharing, be_somewhere),),
    "switch": (Story(nothing, switch),),
}
"""By what is done at the point. Several ways lead to some, and are taken in turn."""


POINTS = tuple(point for point in Failpoint if point.partition(".")[0] in STORIES)
"""Where somebody dies here. To what is done while the engine is away no story leads: the soak
does."""


def story_of(point: Failpoint, turn: int) -> Story:
    """The way to a point whose turn it is."""
    ways = STORIES[point.partition(".")[0]]
    return ways[turn % len(ways)]
