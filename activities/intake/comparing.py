"""Comparing what was accepted with workflows and rows, and putting right what can be.

Again after success: what was looked at is not looked at again within the same look, a finding is
one by its ticket and fault, and healing does nothing where nothing is wrong.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity
from temporalio.client import Client, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from activities.intake.healing import Healing
from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.intake.accepted import MOST, AcceptedRepository
from models.db.intake.losses import CHORE, LossRepository, Stranger
from models.db.ticket.differences import differences
from models.db.ticket.reconciliation import ReconciliationRepository
from models.intake.loss import OF_THE_ACCEPTED, Accepted, Fault
from models.messages.intake import Compared, ComparePage, Which
from models.rules.ticket.finishing import is_over
from models.rules.ticket.recording import record_of
from models.ticket import Ticket
from temporal.ids import ticket_of, ticket_workflow
from temporal.sealing import IntakeKeyring

QUIET = timedelta(seconds=30)
"""How long what is accepted is let alone: most of it is whole by then."""
RECENT, LOOK_BACK = timedelta(hours=1), timedelta(days=7)
"""What is looked at in every look, and in turn; older tickets have I1 alone."""
STRANGERS = 1000
"""Looked for at one time; all that there are are found."""
PATIENCE = timedelta(seconds=5)
AT_ONCE = 5
_STRANGE = (Fault.DOUBLED, Fault.UNEXPECTED)

log = structlog.get_logger()


class ComparingActivities:
    """Looking, page by page; whoever looks takes a page up, so several may."""

    def __init__(
        self,
        database: Database,
        keyring: IntakeKeyring,
        client: Client,
        quiet: timedelta = QUIET,
        strangers: int = STRANGERS,
    ) -> None:
        self._database = database
        self._accepted = AcceptedRepository(database)
        self._losses = LossRepository(database)
        self._rows = ReconciliationRepository(database)
        self._chores = ChoreRepository(database, CHORE)
        self._healing = Healing(database, keyring, client)
        self._client = client
        self._quiet = quiet
        self._most_strangers = strangers

    @activity.defn
    async def compare_accepted(self, page: ComparePage) -> Compared:
        """Look at a page of what was accepted: has each a workflow, has each a row, and do they
        say the same? What can be put right is."""
        began = page.began
        if began is None:
            began = await asyncio.to_thread(self._chores.now)
        some = await asyncio.to_thread(self._page, page.which, began)
        turn = asyncio.Semaphore(AT_ONCE)
        found: dict[Fault, dict[str, str]] = defaultdict(dict)
        whole: list[str] = []

        async def look(one: Accepted) -> None:
            async with turn:
                seen = await self._look_at(one)
            if seen is None:
                return
            if not seen:
                whole.append(one.ticket_id)
            for fault, detail in seen.items():
                found[fault][one.ticket_id] = detail

        await asyncio.gather(*map(look, some))
        await asyncio.to_thread(self._note, found, whole)
        wrong = sum(map(len, found.values()))
        return Compared(looked=len(some), wrong=wrong, began=began, is_last=len(some) < MOST)

    @activity.defn
    async def compare_strangers(self, began: datetime) -> int:
        """Look for what nobody is known to have asked for, and end the look that `began` then; with
        how many tickets something is wrong now."""
        rows = await self._strange_rows()
        doubled = {
            row.ticket_id: f"it says what {row.like_it} says, and nobody is known to have asked"
            for row in rows
            if row.like_it
        }
        unexpected = {
            row.ticket_id: "nobody is known to have asked for it" for row in rows if not row.like_it
        }
        for name in await self._strange_workflows():
            if name not in doubled:
                unexpected.setdefault(name, "a workflow that nobody is known to have asked for")
        await asyncio.to_thread(self._losses.find, Fault.DOUBLED, doubled)
        await asyncio.to_thread(self._losses.find, Fault.UNEXPECTED, unexpected)
        for fault, names in zip(_STRANGE, (doubled, unexpected), strict=True):
            await asyncio.to_thread(self._losses.all_over, [fault], names, LOOK_BACK)
        await asyncio.to_thread(self._chores.done, began)
        left = await asyncio.to_thread(self._losses.left_open)
        if left:
            log.error("tickets_lost", tickets=left)
        return left

    def _page(self, which: Which, began: datetime) -> list[Accepted]:
        match which:
            case Which.RECENT:
                return self._accepted.recent(began, self._quiet, RECENT)
            case Which.EARLIER:
                return self._accepted.earlier(began, self._quiet, LOOK_BACK)
            case Which.FOUND:
                return self._accepted.found(began, self._quiet)

    def _note(self, found: dict[Fault, dict[str, str]], whole: Sequence[str]) -> None:
        for fault, tickets in found.items():
            self._losses.find(fault, tickets)
            others = [other for other in OF_THE_ACCEPTED if other is not fault]
            self._losses.over([*tickets], others)
            self._accepted.fall_out([*tickets])
        self._losses.over(whole, OF_THE_ACCEPTED)
        self._accepted.agree(whole)

    async def _look_at(self, one: Accepted) -> dict[Fault, str] | None:
        """What is wrong with a ticket, and what was done about it; None if that cannot be seen
        now."""
        handle = self._client.get_workflow_handle(ticket_workflow(one.ticket_id))
        try:
            state = await handle.query(
                "ticket",
                result_type=Ticket,
                reject_condition=QueryRejectCondition.NOT_COMPLETED_CLEANLY,
                rpc_timeout=PATIENCE,
            )
        except WorkflowQueryRejectedError as stopped:
            status = stopped.status.name.lower() if stopped.status else "ended"
            return {Fault.LOST: f"its workflow was {status}; file it anew"}
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return {Fault.LOST: await self._healing.begin_again(one)}
            log.warning("accepted_unanswered", ticket_id=one.ticket_id, error=error.status.name)
            return None
        except Exception as error:
            log.warning("accepted_unanswered", ticket_id=one.ticket_id, error=type(error).__name__)
            return None
        return await self._beside_its_row(one, state)

    async def _beside_its_row(self, one: Accepted, state: Ticket) -> dict[Fault, str] | None:
        if not state.admitted or state.news:
            # On its way to the database, however long that is away.
            return None
        if not one.is_stored:
            return {Fault.UNWRITTEN: await self._healing.write_down(one, state)}
        if state.mark != one.mark:
            if is_over(state, datetime.now(UTC)):
                detail = f"its row stands at {one.mark}, and it ended at {state.mark}"
                return {Fault.ALTERED: await self._healing.rewrite(one, state, detail)}
            # Whether that lasts is found out by those who compare rows with their tickets.
            await asyncio.to_thread(self._rows.doubt, one.ticket_id)
            return None
        filing = state.filing
        filed = {
            "customer_id": filing.customer_id,
            "channel": filing.channel,
            "urgency": filing.urgency,
            "opened_at": filing.opened_at,
            "fingerprint": one.fingerprint,
        }
        record = record_of(state, None, (), state.mark)
        differing = await asyncio.to_thread(differences, self._database, record, filed)
        if differing is None:
            return None
        if not differing:
            return {}
        detail = f"differs from its workflow: {', '.join(differing)}"
        return {Fault.ALTERED: await self._healing.rewrite(one, state, detail)}

    async def _strange_rows(self) -> list[Stranger]:
        rows: list[Stranger] = []
        while True:
            after = rows[-1].ticket_id if rows else ""
            page = await asyncio.to_thread(
                self._losses.strangers, LOOK_BACK, self._quiet, after, self._most_strangers
            )
            rows += page
            if len(page) < self._most_strangers:
                return rows

    async def _strange_workflows(self) -> list[str]:
        """Those that began lately, and those that were found earlier and have no row."""
        now = datetime.now(UTC)
        since, until = now - RECENT, now - self._quiet
        asked = (
            f"WorkflowType = 'Ticket' AND StartTime > '{since.isoformat()}'"
            f" AND StartTime < '{until.isoformat()}'"
        )
        strange: set[str] = set()
        names: list[str] = []
        async for found in self._client.list_workflows(asked, page_size=self._most_strangers):
            names.append(ticket_of(found.id))
            if len(names) == self._most_strangers:
                strange.update(await asyncio.to_thread(self._losses.unknown, names))
                names = []
        strange.update(await asyncio.to_thread(self._losses.unknown, names))
        known_before = await asyncio.to_thread(self._losses.without_a_row, _STRANGE)
        still = [name for name in known_before if name in strange or await self._is_kept(name)]
        return [*strange, *still]

    async def _is_kept(self, ticket_id: str) -> bool:
        try:
            handle = self._client.get_workflow_handle(ticket_workflow(ticket_id))
            await handle.describe(rpc_timeout=PATIENCE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True
