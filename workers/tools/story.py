"""`python -m workers.tools.story`: one ticket, from the call to the closed file, over HTTP, told
as it happens. Exit code 0 if it ends as it should."""

import argparse
import os
import re
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID, load
from models.settings.processes import StorySettings
from temporal.ids import ticket_workflow
from workers.tools.teller import Post, StoryBroke, Teller

DAYS = 20
QUARTER = timedelta(minutes=15)
MOST_EARLY = timedelta(hours=4)
"""Nobody believes work that was done longer before its time (docs/rules/timers.md)."""
MODEL = "mod_bosch-kgn39vleb"


def tell(teller: Teller, post: Post) -> str:
    """The life of one ticket, as far as this house lets it go today; answers its id."""
    with _without_correction_window(teller):
        ticket_id, visit_id = _file(teller)
        expert = _soonest(teller)
        visit = _settle(teller, ticket_id, visit_id, expert)
        if visit is None:
            return ticket_id
        _work(teller, ticket_id, visit_id, expert)
    _pay(teller, ticket_id, visit_id, expert)
    _survey(teller, ticket_id, post)
    teller.ask("customer", "POST", f"/tickets/{ticket_id}/confirm", {})
    _status(teller, ticket_id, "CLOSED")
    teller.say("customer", "confirms: CLOSED")
    entries = teller.ask("helpdesk", "GET", f"/tickets/{ticket_id}/timeline")["entries"]
    told = sum(e["type"] == "notification.sent" for e in entries)
    teller.say("system", f"remembers {len(entries)} entries in the timeline, {told} messages sent")
    return ticket_id


@contextmanager
def _without_correction_window(teller: Teller) -> Iterator[None]:
    """The policy is taken to nothing until the work is done, and is what it was afterwards: the
    bill follows at once, and not when nobody may take a report back any more."""
    was = teller.ask("admin", "GET", "/policies")["normal"]["correction_window"]
    address = "/policies/normal/correction_window"
    teller.ask("admin", "PUT", address, {"value": "PT0S"})
    if was != "PT0S":
        teller.say("admin", f"takes correction_window from {was} to nothing until the work is done")
    try:
        yield
    finally:
        teller.ask("admin", "PUT", address, {"value": was})


def _file(teller: Teller) -> tuple[str, str]:
    """A ticket that looks for an expert, and its visit."""
    described = {"description": "The fridge hums and does not cool any more.", "model_id": MODEL}
    filed = teller.ask("customer", "POST", "/tickets", {**described, "slots": _times()})
    ticket_id: str = filed["id"]
    teller.say("customer", f"files {ticket_id}: {filed['status']}")
    ticket = _status(teller, ticket_id, "MATCHING", "REVIEW")
    if ticket["status"] == "REVIEW":
        teller.say("system", f"admits {ticket['number']}, coverage {ticket['coverage']}: REVIEW")
        decision = {"coverage": "WAIVED", "reason": "A demonstration."}
        teller.ask("helpdesk", "POST", f"/tickets/{ticket_id}/coverage", decision)
        ticket = _status(teller, ticket_id, "MATCHING")
        teller.say("helpdesk", f"waives the price of {ticket['number']}: MATCHING")
    else:
        coverage = ticket["coverage"]
        teller.say("system", f"admits {ticket['number']}, coverage {coverage}: MATCHING")
    return ticket_id, ticket["visits"][0]["id"]


def _settle(teller: Teller, ticket_id: str, visit_id: str, expert: str) -> Any | None:
    """The visit as it was settled; None if the house waits, or if its day is not today."""
    seen = teller.ask(expert, "GET", f"/marketplace/visits/{visit_id}")
    teller.say("expert", f"sees an open visit in {seen['city']}, {seen['minutes']} minutes")
    windows = _times()
    place = teller.ask(expert, "POST", f"/visits/{visit_id}/proposals", {"windows": windows})
    teller.say("expert", f"proposes {len(windows)} windows, place {place['priority_seq']}")
    visit = teller.until("a settled visit", lambda: _settled(teller, ticket_id))
    if visit["start"] is None:
        teller.say("system", "holds the full group, as the policy match_hold says here")
        teller.say("story", "ends here: the visit is settled when the hold is over")
        return None
    teller.say("system", f"settles the visit by itself for {visit['start']}: SCHEDULED")
    if datetime.fromisoformat(visit["end"]) - datetime.now(UTC) > MOST_EARLY:
        teller.say("story", "ends here: nobody reports so long before a visit")
        return None
    return visit


def _settled(teller: Teller, ticket_id: str) -> Any | None:
    ticket = teller.ask("customer", "GET", f"/tickets/{ticket_id}")
    [visit] = ticket["visits"]
    held = visit["match_state"] == "FULL_HELD"
    return visit if held or ticket["status"] == "SCHEDULED" else None


def _work(teller: Teller, ticket_id: str, visit_id: str, expert: str) -> None:
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        event: dict[str, Any] = {
            "client_event_id": str(uuid.uuid4()),
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        if kind == "completed":
            parts = [{"sku": "relay-240v", "quantity": 1}]
            event["report"] = {"notes": "Compressor relay replaced.", "parts": parts}
        stands = teller.ask(expert, "POST", f"/visits/{visit_id}/events", event)
        teller.say("expert", f"reports {kind}: visit {stands['state']}")
    _status(teller, ticket_id, "COMPLETED")


def _pay(teller: Teller, ticket_id: str, visit_id: str, expert: str) -> None:
    def invoices() -> Any:
        return teller.ask("customer", "GET", f"/tickets/{ticket_id}/invoices")["items"]

    bill = teller.until("the invoice", invoices)[0]
    kinds = ", ".join(line["kind"] for line in bill["lines"])
    teller.say(
        "billing", f"issues invoice {bill['number']}: {bill['total']} {bill['currency']} ({kinds})"
    )
    earned = teller.until("the earning", lambda: _earning(teller, visit_id, expert))
    teller.say(
        "billing", f"credits the expert {earned['payout']} {earned['currency']}, minor units"
    )


def _survey(teller: Teller, ticket_id: str, post: Post) -> None:
    """Answered from the link in the message, where messages are files here."""
    number = teller.ask("customer", "GET", f"/tickets/{ticket_id}")["number"]
    if not post.is_here:
        teller.say("story", "leaves the survey to its reader: messages leave this house")
        return
    link = teller.until("the survey's message", lambda: _survey_link(post.outbox, number))
    teller.ask("customer", "POST", f"/surveys/{link}", {"rating": 5, "comment": "Quick and kind."})
    teller.say("customer", "answers the survey from the link in the message: 5 of 5")


def _times() -> list[dict[str, str]]:
    """From now on, day by day: the visit is soon enough that its work can be reported."""
    now = datetime.now(UTC)
    first = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0) + QUARTER
    starts = [first + timedelta(days=day) for day in range(DAYS)]
    return [{"start": s.isoformat(), "end": (s + timedelta(hours=11)).isoformat()} for s in starts]


def _soonest(teller: Teller) -> str:
    """Who can come soonest of those who can do it: in a house with a past some are busy."""
    reference = load()
    category = next(m.category for m in reference.models if m.id == MODEL)
    needed = next(c.skills for c in reference.categories if c.code == category)
    zone = next(c.zone for c in reference.customers if c.id == FIRST_CUSTOMER_ID)
    able = [
        e.id
        for e in sorted(reference.experts, key=lambda e: e.id != FIRST_EXPERT_ID)
        if e.zone == zone and all(e.skills.get(n.skill, 0) >= n.min_level for n in needed)
    ]
    standing = {e: teller.ask("helpdesk", "GET", f"/experts/{e}")["status"] for e in able}
    ready = [e for e in able if standing[e] in ("VERIFIED", "FLAGGED")]
    if not ready:
        raise StoryBroke(f"nobody in {zone} may work: {standing}")
    return f"expert:{min(ready, key=lambda expert: _busy_until(teller, expert))}"


def _busy_until(teller: Teller, expert_id: str) -> datetime:
    """The end of what stands in an expert's calendar in the next hours."""
    now = datetime.now(UTC)
    until = quote((now + MOST_EARLY).isoformat())
    told = teller.ask(f"expert:{expert_id}", "GET", f"/experts/me/calendar?to={until}")
    ends = [datetime.fromisoformat(b["end"]) for b in (*told["assignments"], *told["time_off"])]
    return max([now, *ends]) if ends else datetime.min.replace(tzinfo=UTC)


def _status(teller: Teller, ticket_id: str, *wanted: str) -> Any:
    def look() -> Any:
        ticket = teller.ask("customer", "GET", f"/tickets/{ticket_id}")
        return ticket if ticket["status"] in wanted and ticket["number"] else None

    return teller.until(f"status {' or '.join(wanted)}", look)


def _earning(teller: Teller, visit_id: str, expert: str) -> Any:
    cursor = ""
    while True:
        page = teller.ask(expert, "GET", f"/experts/me/earnings?limit=100{cursor}")
        for row in page["items"]:
            if row["visit_id"] == visit_id:
                return row
        if page["next_cursor"] is None:
            return None
        cursor = f"&cursor={page['next_cursor']}"


def _survey_link(outbox: Path, number: str) -> str | None:
    for message in sorted(outbox.rglob("*.txt"), key=lambda f: f.stat().st_mtime, reverse=True):
        text = message.read_text(encoding="utf-8")
        found = re.search(r"/link/survey/([A-Za-z0-9_.-]+)", text)
        if found and number in text:
            return found[1].rstrip(".")
    return None


def where_to_look(settings: StorySettings, ticket_id: str) -> str:
    """The addresses that show this ticket."""
    page = (
        f"{settings.addresses.temporal_ui}/namespaces/{settings.temporal.namespace}"
        f"/workflows/{ticket_workflow(ticket_id)}"
    )
    timeline = f"{settings.addresses.api}/v1/tickets/{ticket_id}/timeline"
    return "\n".join(
        (
            "",
            "Where to look:",
            f"  API docs          {settings.addresses.api}/docs",
            f"  Temporal UI       {page}",
            "  its timeline      "
            f'curl -s -H "Authorization: Bearer $(make -s token ROLE=helpdesk)" {timeline}',
            f"  messages sent     {os.path.relpath(settings.outbox.directory)}",
            "",
        )
    )


def main() -> int:
    """Tell the story once."""
    parser = argparse.ArgumentParser(description="One ticket's life, over HTTP.")
    parser.add_argument("--api", required=True, help="where the API is, e.g. http://127.0.0.1:8080")
    parser.add_argument("--issuer", required=True, help="where tokens are to be had")
    arguments, settings = parser.parse_args(), StorySettings.from_environment()
    teller = Teller(arguments.api, arguments.issuer)
    teller.say("story", f"customer {FIRST_CUSTOMER_ID[:12]}…, expert {FIRST_EXPERT_ID[:12]}…")
    try:
        ticket_id = tell(teller, Post.of(settings))
    except (StoryBroke, httpx2.HTTPError) as broke:
        teller.say("story", f"broke: {broke}")
        return 1
    print(where_to_look(settings, ticket_id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
