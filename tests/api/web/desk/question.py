"""The smallest workflow that can be asked, told and decided."""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

AGAIN = "1 Ask the same technician again"
CLOSE = "2 Close the ticket (write why)"


@workflow.defn(name="Escalation")
class Question:
    """Waits to be closed, and remembers who decided what."""

    def __init__(self) -> None:
        self.decisions: list[str] = []
        self.closed = False

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: self.closed)
        return self.decisions

    @workflow.update(name=AGAIN)
    def again(self, note: Any = None) -> str:
        decided = workflow.current_update_info()
        assert decided is not None
        self.decisions.append(decided.id)
        return f"{decided.id} says {note}"

    @workflow.update(name=CLOSE)
    def close(self, why: Any = None) -> None:
        self.closed = True

    @close.validator
    def has_reason(self, why: Any = None) -> None:
        if not why:
            raise ApplicationError("Say why.", type="Helpdesk")

    @workflow.signal
    def shout(self, words: Any = None) -> None:
        self.decisions.append(f"shouted {words}")

    @workflow.query
    def decided(self) -> list[str]:
        return self.decisions
