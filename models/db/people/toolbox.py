"""The tools that experts have."""

from collections.abc import Collection

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from models.db.people.tables import ExpertToolRow


class ToolboxRepository:
    """Experts' toolboxes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, expert_id: str) -> list[str]:
        """What an expert has, in the order of the alphabet."""
        return self.of_several([expert_id]).get(expert_id, [])

    def of_several(self, expert_ids: Collection[str]) -> dict[str, list[str]]:
        """The same of several, by their ids; who has nothing is left out."""
        row = ExpertToolRow
        asked = select(col(row.expert_id), col(row.tool)).where(col(row.expert_id).in_(expert_ids))
        found: dict[str, list[str]] = {}
        for expert_id, tool in sorted((one, its) for one, its in self._session.execute(asked)):
            found.setdefault(expert_id, []).append(tool)
        return found

    def keep(self, expert_id: str, tools: Collection[str]) -> None:
        """Replace what an expert has; kept twice, it is as kept once."""
        row = ExpertToolRow
        self._session.execute(delete(row).where(col(row.expert_id) == expert_id))
        if tools:
            kept = [{"expert_id": expert_id, "tool": tool} for tool in tools]
            self._session.execute(insert(row), kept)
