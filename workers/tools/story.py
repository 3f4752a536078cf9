"""`python -m workers.tools.story`: one ticket, from the call to the closed file, over HTTP, told as
it happens. Exit code 0 if it ends as it should."""

import argparse
import os
import re
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.settings.processes import StorySettings
from temporal.ids import ticket_workflow

DAYS = 20
PATIENCE = 30.0
"""Seconds that any step may take before the story gives up."""

T = TypeVar("T")


class StoryBroke(Exception):
    """A step did not end as it should."""


class Teller:
    """Speaks to the API as one person or another, and says what it does."""

    def __init__(self, api: str, issuer: str) -> None:
        self._http = httpx2.Client(base_url=api, timeout=10)
        self._issuer = issuer
        self._begun = time.monotonic()
        self._tokens: dict[str, str] = {}

    def say(self, who: str, what: str) -> None:
        """One line of the story, with the seconds since it began."""
        print(f"[{time.monotonic() - self._begun:6.2f}s] {who:<9} {what}", flush=True)

    def ask(self, role: str, method: str, path: str, body: Any = None) -> Any:
        """What the API answers to somebody.

        Raises:
            StoryBroke: it refused.
        """
        headers = {"Authorization": f"Bearer {self._token(role)}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        answer = self._http.request(method, f"/v1{path}", json=body, headers=headers)
        if answer.is_error:
            raise StoryBroke(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it finds it.

        Raises:
            StoryBroke: it found nothing for too long.
        """
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise StoryBroke(f"waited {PATIENCE:.0f} s for {what}")

    def _token(self, role: str) -> str:
        if role not in self._tokens:
            answer = httpx2.post(f"{self._issuer}/token", json={"role": role}, timeout=10)
            self._tokens[role] = answer.raise_for_status().json()["access_token"]
        return self._tokens[role]


def tell(teller: Teller, outbox: Path) -> str:
    """The life of one ticket; answers its id."""
    mornings = [
        (datetime.now(UTC) + timedelta(days=day)).replace(hour=7, minute=0, second=0, microsecond=0)
        for day in range(1, DAYS + 1)
    ]
    slots = [
        {"start": m.isoformat(), "end": (m + timedelta(hours=11)).isoformat()} for m in mornings
    ]
    filed = teller.ask(
        "customer",
        "POST",
        "/tickets",
        {
            "description": "The fridge hums and does not cool any more.",
            "model_id": "mod_bosch-kgn39vleb",
            "slots": slots,
        },
    )
    ticket_id: str = filed["id"]
    teller.say("customer", f"files {ticket_id}: {filed['status']}")
    ticket = _status(teller, ticket_id, "MATCHING")
    visit_id = ticket["visits"][0]["id"]
    teller.say("system", f"admits {ticket['number']}, coverage {ticket['coverage']}: MATCHING")
    seen = teller.ask("expert", "GET", f"/marketplace/visits/{visit_id}")
    teller.say("expert", f"sees an open visit in {seen['city']}, {seen['minutes']} minutes")
    place = teller.ask("expert", "POST", f"/visits/{visit_id}/proposals", {"windows": slots})
    teller.say("expert", f"proposes {len(slots)} windows, place {place['priority_seq']}")
    visit = _status(teller, ticket_id, "SCHEDULED")["visits"][0]
    teller.say("system", f"settles the visit by itself for {visit['start']}: SCHEDULED")
    for kind in ("acknowledged", "en_route", "on_site", "started", "completed"):
        event = {
            "client_event_id": str(uuid.uuid4()),
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        if kind == "completed":
            parts = [{"sku": "relay-240v", "quantity": 1}]
            event["report"] = {"notes": "Compressor relay replaced.", "parts": parts}  # type: ignore[assignment]
        stands = teller.ask("expert", "POST", f"/visits/{visit_id}/events", event)
        teller.say("expert", f"reports {kind}: visit {stands['state']}")
    _status(teller, ticket_id, "COMPLETED")
    bill = teller.until(
        "the invoice",
        lambda: teller.ask("customer", "GET", f"/tickets/{ticket_id}/invoices")["items"],
    )[0]
    kinds = ", ".join(line["kind"] for line in bill["lines"])
    teller.say(
        "billing", f"issues invoice {bill['number']}: {bill['total']} {bill['currency']} ({kinds})"
    )
    earned = teller.until("the earning", lambda: _earning(teller, visit_id))
    teller.say(
        "billing", f"credits the expert {earned['payout']} {earned['currency']}, minor units"
    )
    link = teller.until("the survey's message", lambda: _survey_link(outbox, ticket["number"]))
    teller.ask("customer", "POST", f"/surveys/{link}", {"rating": 5, "comment": "Quick and kind."})
    teller.say("customer", "answers the survey from the link in the message: 5 of 5")
    teller.ask("customer", "POST", f"/tickets/{ticket_id}/confirm", {})
    _status(teller, ticket_id, "CLOSED")
    teller.say("customer", "confirms: CLOSED")
    entries = teller.ask("helpdesk", "GET", f"/tickets/{ticket_id}/timeline")["entries"]
    told = sum(e["type"] == "notification.sent" for e in entries)
    teller.say("system", f"remembers {len(entries)} entries in the timeline, {told} messages sent")
    return ticket_id


def _status(teller: Teller, ticket_id: str, wanted: str) -> Any:
    def look() -> Any:
        ticket = teller.ask("customer", "GET", f"/tickets/{ticket_id}")
        return ticket if ticket["status"] == wanted and ticket["number"] else None

    return teller.until(f"status {wanted}", look)


def _earning(teller: Teller, visit_id: str) -> Any:
    cursor = ""
    while True:
        page = teller.ask("expert", "GET", f"/experts/me/earnings?limit=100{cursor}")
        for row in page["items"]:
            if row["visit_id"] == visit_id:
                return row
        if page["next_cursor"] is None:
            return None
        cursor = f"&cursor={page['next_cursor']}"


def _survey_link(outbox: Path, number: str) -> str | None:
    for message in sorted(outbox.rglob("*.txt"), key=lambda f: f.stat().st_mtime, reverse=True):
        text = message.read_text(encoding="utf-8")
        found = re.search(r"/v1/surveys/([A-Za-z0-9_.-]+)", text)
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
            f"  in the Temporal UI {page}",
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
        ticket_id = tell(teller, settings.outbox.directory)
    except (StoryBroke, httpx2.HTTPError) as broke:
        teller.say("story", f"broke: {broke}")
        return 1
    print(where_to_look(settings, ticket_id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
