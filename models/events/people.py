"""What can happen to an expert's calendar, skills and standing. Each event names its expert."""

from typing import ClassVar

from models.event import Facts
from models.people.expert import ExpertStatus


class ExpertWeekChanged(Facts):
    """They have time at other times of the week."""

    kind: ClassVar = "expert.week_changed"

    expert_id: str


class ExpertTimeOffTaken(Facts):
    """They are away for a while."""

    kind: ClassVar = "expert.time_off_taken"

    expert_id: str


class ExpertTimeOffDropped(Facts):
    """They are there after all."""

    kind: ClassVar = "expert.time_off_dropped"

    expert_id: str


class ExpertStandingChanged(Facts):
    """They may work for us, or no more."""

    kind: ClassVar = "expert.standing_changed"

    expert_id: str
    status: ExpertStatus


class ExpertSkillSet(Facts):
    """They have a skill, at a level."""

    kind: ClassVar = "expert.skill_set"

    expert_id: str
    skill: str
    level: int


class ExpertSkillDropped(Facts):
    """They have a skill no more."""

    kind: ClassVar = "expert.skill_dropped"

    expert_id: str
    skill: str
