"""Hearing who has paid before they file anything, so that it is known when whoever keeps the
accounts is away (docs/rules/money.md, Where another system keeps the accounts)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog

from activities.ticket.paying import Accounts
from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.promise.paid import Known, PaidRepository
from models.rules.promise.paid import Said

AGE = timedelta(hours=6)
"""What was heard longer ago is asked for again."""
TURN = timedelta(seconds=5)
MOST_ASKED = 20
"""About how many customers somebody is asked in a turn."""
MOST_LOOKED_AT = 500
"""At how many is looked for those."""
LONGEST = 1.5
"""Seconds after which nothing more is asked in a turn. The last answer may take three more, and the
turn of whoever is next begins after that: it is asked by one worker at a time."""

log = structlog.get_logger()


class Remembering:
    """Goes round all customers who have a file, some at a time; of all the workers of a house one
    does it at a time."""

    def __init__(self, database: Database, accounts: Accounts, turn: timedelta = TURN) -> None:
        self._database = database
        self._accounts = accounts
        self._chore = ChoreRepository(database, "remembering")
        self._turn = turn
        self._after = ""

    async def keep(self) -> None:
        """Until cancelled; at once done where our own rows say who pays."""
        while self._accounts.are_elsewhere:
            try:
                await asyncio.to_thread(self.go_on)
            except Exception as error:
                # Whatever it was, the next turn goes on from here.
                log.warning("accounts_not_remembered", error=type(error).__name__)
            await asyncio.sleep(self._turn.total_seconds())

    def go_on(self) -> int:
        """Ask about some customers, if nobody else does; how many were heard of. Whoever keeps the
        accounts and does not answer is asked nothing more in this turn."""
        now = self._chore.turn(self._turn)
        if now is None:
            return 0
        with self._database.reading() as session:
            known = PaidRepository(session).known(self._after, MOST_LOOKED_AT)
        heard = self._heard(known, now - AGE)
        if heard:
            with self._database.unit_of_work() as session:
                papers = PaidRepository(session)
                for customer_id, said in heard:
                    papers.keep(customer_id, said.plans or (), said.at)
        return len(heard)

    def _heard(self, known: Sequence[Known], old: datetime) -> list[tuple[str, Said]]:
        until = monotonic() + LONGEST
        heard: list[tuple[str, Said]] = []
        for customer_id, heard_at in known:
            if len(heard) == MOST_ASKED or monotonic() > until:
                return heard
            # Also of whom nothing can be heard: they are in nobody else's way.
            self._after = customer_id
            if heard_at is not None and heard_at >= old:
                continue
            said = self._accounts.ask(customer_id)
            if said is None or said.plans is None:
                return heard
            heard.append((customer_id, said))
        if len(known) < MOST_LOOKED_AT:
            self._after = ""
        return heard
