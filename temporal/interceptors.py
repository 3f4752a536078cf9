"""What every activity's log lines carry."""

from typing import Any

from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)


class LogContext(Interceptor):
    """Binds workflow, run, activity and attempt to the log lines of an activity."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """See base class."""
        return _BindActivity(next)


class _BindActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        current = activity.info()
        workflow_id = current.workflow_id or ""
        with bound_contextvars(
            ticket_id=f"tkt_{workflow_id[7:]}" if workflow_id.startswith("ticket-") else None,
            workflow_id=workflow_id,
            run_id=current.workflow_run_id,
            activity=current.activity_type,
            attempt=current.attempt,
        ):
            return await super().execute_activity(input)
