"""Flags on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.http.text import Body, Instant, ShortText, Truth, Whole, shown
from models.actor import Role
from models.db.flag.reads import FlagChange, FlagStanding
from models.flag import EVERYTHING, Rollout, flag_of
from models.identity import Code
from models.recorded import Recorded

MOST = 500
"""Names on a list. Whoever has more wants a share, or a zone."""
Named = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_.:-]{1,80}$")]
"""An id of ours, or one that an issuer gave."""
UNCHANGED = "As the release has it."
"""Why a flag stands as it does that nobody ever changed."""


class RolloutView(BaseModel):
    """For whom a flag is on: off, for nobody; on, for whoever is listed, and for `percent` of the
    others, drawn by their id."""

    on: bool
    percent: int
    customers: list[str]
    zones: list[str]
    integrations: list[str]


class FlagView(RolloutView):
    """A flag, what it means, and who changed it last, when and why."""

    key: str
    means: str
    default: bool
    version: int
    reason: str
    changed_at: datetime | None
    actor_role: Recorded[Role] | None
    actor_id: str | None


class FlagChangeView(BaseModel):
    """A change of a flag: from what to what, by whom, when and why."""

    version: int
    was: RolloutView
    now: RolloutView
    changed_at: datetime
    actor_role: Recorded[Role]
    actor_id: str
    reason: str


class FlagSwitch(Body):
    """For whom a flag is to be on, and why. Lists name whom it is on for whatever `percent` is;
    while `on` is false it is on for nobody. What else `GET` shows may stay and changes nothing."""

    model_config = shown(on=True, percent=10, zones=["berlin"], reason="Berlin tries it first.")

    on: Truth
    percent: Whole = Field(default=EVERYTHING, ge=0, le=EVERYTHING)
    customers: list[Named] = Field(default=[], max_length=MOST)
    zones: list[Code] = Field(default=[], max_length=MOST)
    integrations: list[Named] = Field(default=[], max_length=MOST)
    reason: ShortText
    key: Named | None = None
    means: ShortText | None = None
    default: Truth | None = None
    version: Whole | None = None
    changed_at: Instant | None = None
    actor_role: Role | None = None
    actor_id: Named | None = None

    def rollout(self) -> Rollout:
        """What is wanted; a name counts once, whatever the order."""
        return Rollout(
            on=self.on,
            percent=self.percent,
            customers=tuple(sorted({*self.customers})),
            zones=tuple(sorted({*self.zones})),
            integrations=tuple(sorted({*self.integrations})),
        )


def flag_view(standing: FlagStanding) -> FlagView:
    """A flag as it is shown."""
    flag, changed = flag_of(standing.key), standing.changed
    return FlagView(
        **standing.rollout.model_dump(),
        key=flag.key,
        means=flag.means,
        default=flag.default,
        version=standing.version,
        reason=changed.reason if changed else UNCHANGED,
        changed_at=changed.at if changed else None,
        actor_role=changed.by_role if changed else None,
        actor_id=changed.by_id if changed else None,
    )


def change_view(change: FlagChange) -> FlagChangeView:
    """A change as it is shown."""
    return FlagChangeView(
        version=change.version,
        was=RolloutView(**change.was.model_dump()),
        now=RolloutView(**change.now.model_dump()),
        changed_at=change.at,
        actor_role=change.by_role,
        actor_id=change.by_id,
        reason=change.reason,
    )
