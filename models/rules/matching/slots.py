"""When a customer can be visited: what makes a list of slots acceptable
(docs/rules/states.md, Slots)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from models.calendar import Window, merged
from models.errors import Invalid

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
    if len(slots) > MOST_SLOTS:
        raise Invalid("too-many-slots", f"At most {MOST_SLOTS} slots are taken.", field="/slots")
    for index, slot in enumerate(slots):
        if slot in standing:
            continue
        field = f"/slots/{index}"
        if slot.start < now:
            raise Invalid("slot-in-the-past", "A slot starts in the past.", field=f"{field}/start")
        if slot.end > now + HORIZON:
            raise Invalid(
                "slot-too-far",
                f"A slot ends more than {HORIZON.days} days from now.",
                field=f"{field}/end",
            )
    joined = merged(slots)
    for slot in joined:
        if slot.length < duration and slot not in standing:
            index = next(i for i, s in enumerate(slots) if slot.start <= s.start < slot.end)
            raise Invalid(
                "slot-too-short",
                f"The visit takes {duration // timedelta(minutes=1)} minutes and does not fit.",
                field=f"/slots/{index}",
                minutes=duration // timedelta(minutes=1),
            )
    return joined
