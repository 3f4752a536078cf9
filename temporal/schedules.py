"""What Temporal begins by itself, again and again."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from temporal.queues import TICKETS

RECONCILIATION = "reconciliation"
"""Of the schedule, and what the ids of its workflows begin with."""
EVERY = timedelta(minutes=5)


def _reconciliation() -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "Reconciliation",
            id=RECONCILIATION,
            task_queue=TICKETS,
            execution_timeout=timedelta(minutes=30),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        # A look that was missed is made up for by the next one.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )


async def schedule(client: Client) -> None:
    """See to it that our schedules are there and as this release has them. Several may at once, and
    a pause that a person made stays.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        await client.create_schedule(RECONCILIATION, _reconciliation())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(RECONCILIATION).update(_as_now)


def _as_now(known: ScheduleUpdateInput) -> ScheduleUpdate:
    now = _reconciliation()
    now.state = known.description.schedule.state
    return ScheduleUpdate(schedule=now)
