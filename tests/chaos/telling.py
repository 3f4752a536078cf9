"""What was told to people, against what the workflows decided."""

from collections import Counter
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from activities.gateways.message import OutgoingMessage
from activities.gateways.message.twilio import tag
from models.dates import MANNERS, day
from models.rules.message.notices import NOTICES
from models.rules.message.reminding import REMINDED
from tests.chaos.evidence import Evidence, Told
from tests.chaos.post import Sent
from tests.chaos.rows import Row
from tests.house import REFERENCE
from workers.tools.invariants import Findings

NAMES_A_DAY = {"visit.scheduled", "visit.changed", "proposal.selected", "expert.assigned"}
"""Templates that say when a visit is."""
ZONES = {zone.code: ZoneInfo(zone.tz) for zone in REFERENCE.zones}


def unordered_messages(seen: Evidence) -> Findings:
    """Messages at the servers that no notification of ours stands for."""
    known = _by_mark(seen)
    return {
        message.mark or message.text[-40:]: f"{message.channel}, and no notification stands for it"
        for message in seen.sent
        if message.mark not in known
    }


def repeated_messages(seen: Evidence) -> Findings:
    """Notifications that arrived more than once, or never though they count as sent. A letter that
    comes again under its Message-ID, because a relay died over it, is shown once."""
    arrived = _arrivals(seen)
    found = {
        row_id: f"arrived {times} times by {channel}"
        for (row_id, channel), times in arrived.items()
        if times > 1 and not (channel == "email" and seen.history.outages)
    }
    channels = Counter(row_id for row_id, _ in arrived)
    for row in seen.rows.notifications:
        if channels[row["id"]] > 1:
            found[row["id"]] = "arrived by two channels"
        if row["state"] == "SENT" and not channels[row["id"]]:
            found[row["id"]] = "counts as sent, and never arrived"
    return found


def letters_again(seen: Evidence) -> int:
    """How many letters came more than once under one Message-ID: mail is at least once."""
    return sum(times - 1 for (_, channel), times in _arrivals(seen).items() if channel == "email")


def _arrivals(seen: Evidence) -> Counter[tuple[str, str]]:
    known, arrived = _by_mark(seen), Counter[tuple[str, str]]()
    for message, times in seen.sent.items():
        if row := known.get(message.mark):
            arrived[row["id"], message.channel] += times
    return arrived


def false_messages(seen: Evidence) -> Findings:
    """Notifications of events that no workflow decided, or not so; and letters that name another
    day than their event."""
    decided = {row["id"]: row for row in seen.rows.events}
    texts: dict[str, list[Sent]] = {}
    known = _by_mark(seen)
    for message in seen.sent:
        if row := known.get(message.mark):
            texts.setdefault(row["id"], []).append(message)
    found: Findings = {}
    for row in seen.rows.notifications:
        why = _falsehood(row, decided.get(row["event_id"]), seen.told.get(row["ticket_id"]))
        why = why or _wrong_day(row, texts.get(row["id"], []), seen.told.get(row["ticket_id"]))
        if why:
            sent = "was sent" if row["sent"] else "is intended"
            found[row["id"]] = f"{row['template']} to {row['recipient_id']} {sent}: {why}"
    return found


def _falsehood(row: Row, event: Row | None, told: Told | None) -> str:
    if event is None:
        return "its event is not in the timeline"
    kind, facts = event["type"], event["facts"]
    if told is not None and event["aggregate"] == row["ticket_id"]:
        true = told.events.get(row["event_id"])
        if true is None:
            return f"no workflow decided {kind}"
        kind, facts = true.type, true.data
    tells = NOTICES.get(kind)
    reminds = kind in REMINDED and row["template"].partition(".due_")[1]
    if not reminds and (tells is None or tells.template != row["template"]):
        return f"its event is {kind}"
    if tells is None:
        return ""
    for name in set(tells.facts) & row["facts"].keys() & facts.keys():
        if not _same(row["facts"][name], facts[name]):
            return f"{name} is {row['facts'][name]}, decided was {facts[name]}"
    return ""


def _wrong_day(row: Row, messages: list[Sent], told: Told | None) -> str:
    start = row["facts"].get("start")
    zone = told.ticket.filing.zone if told and told.ticket else None
    if start is None or zone is None or row["template"] not in NAMES_A_DAY:
        return ""
    local = datetime.fromisoformat(start).astimezone(ZONES[zone])
    days = (f"{local:%Y-%m-%d}", *(day(local, language) for language in MANNERS))
    wrong = (m for m in messages if not any(day in m.text for day in days))
    return next((f"the letter does not say {days[0]}" for _ in wrong), "")


def _same(told: str, decided: object) -> bool:
    if told == (",".join(decided) if isinstance(decided, list) else str(decided)):
        return True
    try:
        return datetime.fromisoformat(told) == datetime.fromisoformat(str(decided))
    except (ValueError, TypeError):
        return False


def _by_mark(seen: Evidence) -> dict[str, Row]:
    """Notifications by the mark of their messages: the tag of an SMS, the reference of a mail."""
    found: dict[str, Row] = {}
    for row in seen.rows.notifications:
        found[row["id"]] = found[mark_of(row["id"])] = row
    return found


@cache
def mark_of(notification_id: str) -> str:
    """The tag that ends the SMS of a notification."""
    return tag(OutgoingMessage(notification_id, "", "", ""))
