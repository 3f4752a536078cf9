"""When a customer can be visited: what makes a list of slots acceptable
(docs/rules/states.md, Slots)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from models.calendar import Window, cut, merged
from models.errors import Invalid
from models.visit import Visit

MOST_SLOTS = 20
HORIZON = timedelta(days=60)
SHORTEST_VISIT = timedelta(minutes=15)
"""Where the appliance is not known yet, the shortest visit there is."""


def acceptable_slots(
    slots: Sequence[Window],
    now: datetime,
    duration: timedelta = SHORTEST_VISIT,
    standing: Collection[Window] = (),
) -> tuple[Window, ...]:
    """The slots, merged where they touch, if every rule holds.

    Args:
        slots: the customer's times, any order.
        now: the current instant.
        duration: the visit that must fit.
        standing: slots that were accepted before: one that is given again unchanged stays, though
            it has begun meanwhile or the visit became longer.

    Raises:
        Invalid: `too-many-slots`, `slot-in-the-past`, `slot-too-far`, `slot-too-short`; the field
            points at the slot.
    """
    if fault := next(faults_of(slots, now, duration, standing), None):
        raise fault
    return merged(slots)


def faults_of(
    slots: Sequence[Window],
    now: datetime,
    duration: timedelta = SHORTEST_VISIT,
    standing: Collection[Window] = (),
) -> Iterator[Invalid]:
    """Everything for which `acceptable_slots` refuses slots, whatever hinders most first."""
    if len(slots) > MOST_SLOTS:
        yield Invalid("too-many-slots", f"At most {MOST_SLOTS} slots are taken.", field="/slots")
    for index, slot in enumerate(slots):
        if slot in standing:
            continue
        field = f"/slots/{index}"
        if slot.start < now:
            yield Invalid("slot-in-the-past", "A slot starts in the past.", field=f"{field}/start")
        if slot.end > now + HORIZON:
            yield Invalid(
                "slot-too-far",
                f"A slot ends more than {HORIZON.days} days from now.",
                field=f"{field}/end",
            )
    for slot in merged(slots):
        if slot.length < duration and slot not in standing:
            index = next(i for i, s in enumerate(slots) if slot.start <= s.start < slot.end)
            yield Invalid(
                "slot-too-short",
                f"The visit takes {duration // timedelta(minutes=1)} minutes and does not fit.",
                field=f"/slots/{index}",
                minutes=duration // timedelta(minutes=1),
            )


def require_late_enough(slots: Sequence[Window], visit: Visit, now: datetime) -> None:
    """Refuse times in none of which a visit can be made once what it waits for is there.

    Raises:
        Invalid: `slot-too-early`; the evidence says before when nobody comes.
    """
    ready = visit.not_before
    if ready is not None and ready > now and not has_room_after(slots, ready, visit.duration):
        raise Invalid(
            "slot-too-early",
            f"Nobody comes before {ready.isoformat()}, when what the work needs is there.",
            field="/slots/0",
            not_before=ready.isoformat(),
        )


def has_room_after(slots: Sequence[Window], ready: datetime, duration: timedelta) -> bool:
    """Whether a visit of that length fits into some of the slots after a moment."""
    return any(slot.length >= duration for slot in merged(cut(slots, ready)))
