"""What can happen to an expert's calendar, skills and standing. Every such event
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
