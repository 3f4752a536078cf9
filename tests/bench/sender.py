"""The floor's relay: `python -m tests.bench.sender`, the least that telling people can cost.

One connection that listens, one that works. A batch is claimed in one statement (leased, as ours
lease), each message is written as a file, the batch is marked sent in one statement. News gathers
as long as it does for ours. No templates, no languages, no fallback, no breaker, no order.
"""

import os
import signal
import threading
import time
from pathlib import Path

import psycopg

from workers.relay import GATHERING

CLAIM = """with mine as (
    select id from notifications where state = 'QUEUED' and due_at <= now()
    order by created_at limit 64 for update skip locked)
update notifications n set due_at = now() + interval '60 seconds'
from mine, tickets t, customers c
where n.id = mine.id and t.id = n.ticket_id and c.id = t.customer_id
returning n.id::text, n.template, t.number, t.opened -> 'slots' -> 0 ->> 'start',
    c.name, c.address ->> 'street', c.address ->> 'city',
    coalesce((select phone from experts where id = n.recipient_id), c.phone)"""
SENT = "update notifications set state = 'SENT' where id = any(%s::uuid[])"
INVITED = "visit.scheduled"
"""This letter brings a file for the calendar, as ours does."""


def send_due(session: psycopg.Connection[tuple[str, ...]], folder: Path) -> int:
    """One batch; answers how many messages that was."""
    batch = session.execute(CLAIM).fetchall()
    for reference, template, number, start, name, street, city, phone in batch:
        text = f"To: {phone}\n\n{name}: {template} of T-{number}, {start}, {street}, {city}\n"
        if template == INVITED:
            invitation = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{reference}\nDTSTART:{start}\n"
            _write(folder / f"{reference}-visit.ics", f"{invitation}END:VEVENT\nEND:VCALENDAR\n")
        _write(folder / f"{reference}.txt", text)
    if batch:
        session.execute(SENT, ([row[0] for row in batch],))
    return len(batch)


def _write(path: Path, text: str) -> None:
    """A reader sees the whole file or none."""
    draft = path.with_suffix(".writing")
    draft.write_text(text)
    draft.replace(path)


def main() -> None:
    """Send until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    url, folder = os.environ["DATABASE_URL"], Path(os.environ["OUTBOX_DIRECTORY"]) / "floor"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        psycopg.connect(url, autocommit=True) as bell,
        psycopg.connect(url, autocommit=True) as session,
    ):
        bell.execute("listen notifications")
        while not stop.is_set():
            gathered = time.monotonic() + GATHERING
            while send_due(session, folder):
                pass
            list(bell.notifies(timeout=0.5, stop_after=1))
            stop.wait(max(0.0, gathered - time.monotonic()))


if __name__ == "__main__":
    main()
    os._exit(0)
