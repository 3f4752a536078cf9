"""What people were answered: whether it was one of the answers we promise."""

from api.http.articles import ARTICLES
from tests.chaos.evidence import Evidence
from tests.chaos.history import Call, History
from workers.tools.invariants import Findings

REASONS = {403, 404, 409, 422, 429}
"""What a client that does as it should may be refused with."""
UNTRUE = {"ticket-paused": "nobody paused a ticket"}
"""Codes that say what never was in a run."""
GRACE = 1.0
"""Seconds that a connection may take to notice that a program is away, or back."""


def bad_answers(seen: Evidence) -> Findings:
    """Answers that we do not promise, and silence while somebody was there to answer."""
    found: Findings = {}
    accepted = _accepted(seen.history)
    for call in seen.history.calls:
        if why := _fault(call, seen.history, accepted):
            name = f"{call.method} {call.path.partition('?')[0]}"
            found.setdefault(f"{why} [{_shape(name)}]", f"at {call.at:.1f} s, {name}")
    return found


def lost_tickets(seen: Evidence) -> Findings:
    """Tickets that were accepted and are not there, or are there twice."""
    rows = {row["id"] for row in seen.rows.tickets}
    found: Findings = {}
    asked: dict[str, set[str]] = {}
    for ticket_id, key in _accepted(seen.history).items():
        asked.setdefault(key, set()).add(ticket_id)
        if ticket_id not in rows or ticket_id not in seen.told:
            where = "in the database" if ticket_id not in rows else "in Temporal"
            found[ticket_id] = f"was accepted, and is not {where}"
    numbers = [row["number"] for row in seen.rows.tickets]
    found |= {key: "one request, several tickets" for key, ids in asked.items() if len(ids) > 1}
    found |= {f"number {n}": "given twice" for n in set(numbers) if numbers.count(n) > 1}
    return found


def slow_commands(seen: Evidence) -> Findings:
    """Live tickets that did not take a command after the last fault."""
    return dict(seen.late)


def worst(history: History) -> Call | None:
    """The call that was answered last, among those that were."""
    answered = [call for call in history.calls if call.status is not None]
    return max(answered, key=lambda call: call.seconds, default=None)


def _fault(call: Call, history: History, accepted: dict[str, str]) -> str:
    if call.status is None:
        return "" if _was_away(call, history) else f"no answer ({call.error})"
    if call.code in UNTRUE:
        return f"{call.status} {call.code}: {UNTRUE[call.code]}"
    if call.status == 503:
        return "" if call.retry_after else "503 without Retry-After"
    if call.path.startswith("/link/"):
        # A page answers in words, and sends whoever pressed its button on.
        good = call.status < 400 or call.status in REASONS
        return "" if good else f"{call.status} of a page"
    if call.status >= 500 or 300 <= call.status < 400:
        return f"{call.status} {call.code}"
    if call.status >= 400 and (call.status not in REASONS or call.code not in ARTICLES):
        return f"{call.status} {call.code}"
    if call.code == "ticket-unknown" and call.path.split("/")[2] in accepted:
        return "404 ticket-unknown, and it was accepted"
    return ""


def _was_away(call: Call, history: History) -> bool:
    since, until = call.at - GRACE, call.at + call.seconds + GRACE
    return any(o.program == "api" and o.overlaps(since, until) for o in history.outages)


def _accepted(history: History) -> dict[str, str]:
    """The key of every ticket that somebody was told is safe."""
    return {
        call.subject: call.key or ""
        for call in history.calls
        if call.subject and call.method == "POST" and call.path == "/tickets"
    }


def _shape(name: str) -> str:
    """A request without the ids in it."""
    return "/".join("…" if "_" in part and len(part) > 20 else part for part in name.split("/"))
