"""What was last read of the catalogue: at hand, and on disk for a start with its source away."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import structlog

from models.base import Value
from models.catalogue.catalogue import load
from models.catalogue.nouns import ApplianceCategory, ApplianceModel
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from temporal.last_known import keep

log = structlog.get_logger("api.catalogue")


class Copy(Value):
    """Categories by code and models by id, and what zones and skills there are. `as_of` is when all
    of it was last known to be so, UTC; None, where that is not known."""

    as_of: datetime | None = None
    categories: tuple[ApplianceCategory, ...]
    models: tuple[ApplianceModel, ...]
    zones: frozenset[str]
    skills: frozenset[str]

    @cached_property
    def minutes(self) -> Mapping[str, int]:
        """How long a visit takes, by category."""
        return {c.code: c.visit_minutes for c in self.categories}

    @cached_property
    def category_of(self) -> Mapping[str, str]:
        """The category of each model."""
        return {m.id: m.category for m in self.models}

    def found(self, words: str | None, after: str | None, most: int) -> list[ApplianceModel]:
        """Models whose brand and designation hold all of the words, by id, after an id."""
        wanted = (words or "").lower().split()
        found: list[ApplianceModel] = []
        for model, name in self._named:
            if (after is None or model.id > after) and all(word in name for word in wanted):
                found.append(model)
                if len(found) == most:
                    break
        return found

    def some_categories(self, after: str | None, most: int) -> list[ApplianceCategory]:
        """Categories by code, after a code."""
        return [c for c in self.categories if after is None or c.code > after][:most]

    def with_models(self, models: Iterable[ApplianceModel]) -> Self:
        """The same with models that somebody named; one of a category that is not known is none of
        ours."""
        known = {m.id: m for m in self.models} | {m.id: m for m in models}
        fitting = (m for m in known.values() if m.category in self.minutes)
        # Made anew: a copy of this one would go on with what it has worked out.
        return type(self)(
            as_of=self.as_of,
            categories=self.categories,
            models=tuple(sorted(fitting, key=lambda m: m.id)),
            zones=self.zones,
            skills=self.skills,
        )

    @cached_property
    def _named(self) -> Sequence[tuple[ApplianceModel, str]]:
        return [(m, f"{m.brand} {m.designation}".lower()) for m in self.models]


def shipped() -> Copy:
    """What the program ships with."""
    files = load()
    return Copy(
        categories=files.categories,
        models=files.models,
        zones=frozenset(z.code for z in files.zones),
        skills=frozenset(s.code for s in files.skills),
    )


def read(session: Session) -> Copy:
    """What stands in our rows."""
    reference = ReferenceReads(session)
    return Copy(
        categories=tuple(sorted(reference.categories(), key=lambda c: c.code)),
        models=tuple(sorted(reference.all_models(), key=lambda m: m.id)),
        zones=frozenset(z.code for z in reference.zones()),
        skills=frozenset(s.code for s in reference.skills()),
    )


def read_with(
    session: Session, named: Iterable[ApplianceModel]
) -> tuple[Copy, Sequence[ApplianceModel]]:
    """What stands in our rows with the models that somebody names, and which of those the rows have
    otherwise or not at all."""
    rows = read(session)
    new = rows.with_models(named)
    known = {m.id: m for m in rows.models}
    return new, [m for m in new.models if known.get(m.id) != m]


def remembered(file: Path) -> Copy | None:
    """What is on disk, if it can be used; one without categories is none."""
    try:
        kept = Copy.model_validate_json(file.read_bytes())
        return kept if kept.categories else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("catalogue_unreadable", error=type(error).__name__)
        return None


def remember(file: Path, copy: Copy) -> None:
    """Put it on disk; a disk that refuses costs the next start, and nobody now."""
    try:
        keep(file, copy.model_dump_json().encode())
    except OSError as error:
        log.warning("catalogue_not_kept", error=type(error).__name__)
