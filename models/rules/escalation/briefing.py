"""What a person has to know to decide, out of the picture of a moment."""

from collections.abc import Iterator

from models.escalation import Brief, Escalation
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS


def brief_of(picture: Picture, asked: Escalation) -> Brief:
    """The facts of an escalation as its kind words them, and by when to decide."""
    kind = KINDS[asked.reason]
    by = picture.local(asked.step_at) if asked.step_at else "as soon as you can"
    return Brief(
        headline=kind.headline(picture),
        facts=(*kind.facts(picture), *_nobody(picture)),
        candidates=picture.candidates,
        options=picture.options,
        people=picture.people,
        times=picture.times,
        possible=tuple(kind.possible(picture)),
        decide_by=f"by {by}" if asked.step_at else by,
        crew=picture.crew,
        categories=picture.categories,
        at_stake=kind.ends(picture),
        gathered_at=picture.now,
        tz=picture.tz,
        says=kind.says(picture),
    )


def _nobody(picture: Picture) -> Iterator[str]:
    """That there is nobody to send, and why."""
    if picture.nobody and not picture.candidates:
        yield f"Nobody could be sent: {picture.nobody}"
