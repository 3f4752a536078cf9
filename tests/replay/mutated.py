"""Workflows that are not what was released: replaying with them must fail, or replaying proves
nothing."""

from datetime import timedelta

from temporalio import workflow

from models.messages.money import BillTicket
from models.messages.ticket import OpenTicket, TicketOutcome
from workflows.ticket.story import TicketWorkflow


@workflow.defn(name="Ticket")
class HesitantTicket(TicketWorkflow):
    """Sleeps before it begins."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        super().__init__(opened)

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        await workflow.sleep(timedelta(minutes=1))
        return await super().run(opened)


@workflow.defn(name="Ticket")
class ForgetfulTicket(TicketWorkflow):
    """Never writes down what it decided."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        super().__init__(opened)

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        return await super().run(opened)

    async def _record(self) -> None:
        self._ticket = self._ticket.but(news=())


@workflow.defn(name="Ticket")
class HastyTicket(TicketWorkflow):
    """Records before it bills."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        super().__init__(opened)

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        return await super().run(opened)

    async def _bill(self) -> None:
        await self._record()
        await super()._bill()


@workflow.defn(name="Billing")
class SlowBilling:
    """Waits where the released one bills."""

    @workflow.run
    async def run(self, bill: BillTicket | None = None) -> None:
        await workflow.sleep(timedelta(milliseconds=1))
