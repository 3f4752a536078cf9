"""Whether a visit is nearer to complete once somebody is sent to it by hand: whoever was counted on
for another position leaves that one empty. And why there is nobody to send."""

from collections.abc import Collection, Mapping, Sequence

from models.rules.escalation.wording import in_words
from models.visit import Position

Able = Mapping[str, Collection[int]]
"""By the experts who proposed themselves for a visit: the positions that they could fill."""


def brings_nearer(expert_id: str, position: int, open_: Sequence[int], able: Able) -> bool:
    """Whether one more position is filled, or all are still, if an expert is sent to `position` of
    those that are `open_`."""
    before = most_filled(open_, able)
    left = [idx for idx in open_ if idx != position]
    others = {who: can for who, can in able.items() if who != expert_id}
    return 1 + most_filled(left, others) >= min(before + 1, len(open_))


def most_filled(positions: Sequence[int], able: Able) -> int:
    """How many positions have an expert of their own, at the most."""
    holds: dict[str, int] = {}

    def seat(position: int, asked: set[str]) -> bool:
        for who, can in able.items():
            if position not in can or who in asked:
                continue
            asked.add(who)
            if who not in holds or seat(holds[who], asked):
                holds[who] = position
                return True
        return False

    return sum(seat(position, set()) for position in positions)


def why_nobody(position: Position, zone: str, able: int, spare: int, *, has_times: bool) -> str:
    """Why nobody can be sent to a position: of so many who are `able`, so many are counted on
    nowhere else."""
    needed = f"{in_words(position.skill)} (level {position.min_level})"
    if not able:
        return f"nobody who may work in the zone {zone} has {needed}"
    if not has_times:
        return "no time of the customer, or of the visit, still lies far enough ahead"
    them = "the only expert who has" if able == 1 else f"all {able} experts who have"
    verb = "is" if able == 1 else "are"
    if not spare:
        return f"{them} {needed} there {verb} counted on for another position"
    return (
        f"{them} {needed} there {verb} on the visit already, busy at every time of the customer, "
        "or not free when the visit has to be"
    )
