"""What the Temporal UI shows of a ticket: search attributes for lists, details for a person."""

from temporalio import workflow

from models.rules.transitions import status_of
from models.ticket import Ticket, Timer
from temporal.ids import escalation_workflow
from temporal.search_attributes import Shown, shown


class Screen:
    """Remembers what is shown, so that only changes are."""

    def __init__(self) -> None:
        self._shown: Shown = ()

    def show(self, ticket: Ticket, timers: tuple[Timer, ...]) -> None:
        """Bring the current details up to date, and the search attributes with the status: each
        change of those is an event and an action, and lists are about where tickets stand."""
        current = shown(
            status=status_of(ticket),
            zone=ticket.filing.zone,
            next_due=timers[0].due_at if timers else None,
        )
        if not set(current[:2]) <= set(self._shown):
            changed = [pair for pair in current if pair not in self._shown]
            workflow.upsert_search_attributes(
                [
                    key.value_unset() if value is None else key.value_set(value)
                    for key, value in changed
                ]
            )
            self._shown = current
        workflow.set_current_details(_details(ticket, timers))


def _details(ticket: Ticket, timers: tuple[Timer, ...]) -> str:
    lines = [f"## {status_of(ticket)} · round {ticket.round} · coverage {ticket.promise.coverage}"]
    for question in ticket.doubts.questions:
        if question.is_live:
            asking = escalation_workflow(ticket.id, question.reason, question.part)
            lines.append(
                f"- **[{question.reason}](/namespaces/{{namespace}}/workflows/{asking})** asked "
                f"since {question.asked_at:%Y-%m-%d %H:%M} UTC: decide there"
            )
    for visit in ticket.visits:
        when = f"{visit.start:%Y-%m-%d %H:%M} UTC" if visit.start else "no time yet"
        skills = ", ".join(p.skill for p in visit.positions)
        lines.append(f"- Visit {visit.seq}: {visit.state}, {skills}, {when}")
    for timer in timers:
        lines.append(f"- Clock `{timer.name}` due {timer.due_at:%Y-%m-%d %H:%M:%S} UTC")
    return "\n".join(lines)
