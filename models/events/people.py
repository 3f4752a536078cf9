"""What can happen to an expert's calendar, errands, skills, tools and standing. Every such event
names its expert."""

from typing import ClassVar

from models.event import Facts
from models.people.expert import ExpertStatus


class ExpertFacts(Facts):
    """What every one states."""

    expert_id: str


class ExpertWeekChanged(ExpertFacts):
    """They have time at other times of the week."""

    kind: ClassVar = "expert.week_changed"


class ExpertTimeOffTaken(ExpertFacts):
    """They are away for a while."""

    kind: ClassVar = "expert.time_off_taken"


class ExpertTimeOffDropped(ExpertFacts):
    """They are there after all."""

    kind: ClassVar = "expert.time_off_dropped"


class ExpertPreferencesChanged(ExpertFacts):
    """They want to be told things in another way."""

    kind: ClassVar = "expert.preferences_changed"


class ExpertStandingChanged(ExpertFacts):
    """They may work for us, or no more."""

    kind: ClassVar = "expert.standing_changed"

    status: ExpertStatus


class ExpertSkillSet(ExpertFacts):
    """They have a skill, at a level."""

    kind: ClassVar = "expert.skill_set"

    skill: str
    level: int


class ExpertSkillDropped(ExpertFacts):
    """They have a skill no more."""

    kind: ClassVar = "expert.skill_dropped"

    skill: str


class ExpertToolboxChanged(ExpertFacts):
    """They have other tools than before; so many. What they are called are their own words."""

    kind: ClassVar = "expert.toolbox_changed"

    tools: int


class ExpertStopAdded(ExpertFacts):
    """They have an errand on a day."""

    kind: ClassVar = "expert.stop_added"

    stop_id: str


class ExpertStopDropped(ExpertFacts):
    """They have it no more."""

    kind: ClassVar = "expert.stop_dropped"

    stop_id: str


class ExpertPositionShared(ExpertFacts):
    """They let us know where they are, or no more."""

    kind: ClassVar = "expert.position_shared"

    on: bool
