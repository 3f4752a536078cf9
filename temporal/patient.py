"""A runner under which a query waits until the local activities of its task have ended.

The SDK asks a workflow in the midst of a task, and ends the task with the answer: a local activity
that runs meanwhile is told to the workflow in the next task, behind the requests that came with
that. In a replay it ends in its own task, before those requests. So a query could leave a history
that no replay accepts (`[TMPRL1100]`), and a ticket that stands still.

A query that is given no answer costs nothing: the server asks again, with no task around it, as
soon as the task is over.
"""

from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails

from temporal.context_free import ContextFreeInstance, ContextFreeRunner
from temporal.sdk import WorkflowActivation, WorkflowActivationCompletion

WITHOUT_A_TASK = "legacy"
"""The id of a query that came with no task, which it could end."""


class PatientRunner(ContextFreeRunner):
    """Another runner, whose workflows are not asked while a local activity runs."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """See base class."""
        return _Patient(super().create_instance(det))


class _Patient(ContextFreeInstance):
    def __init__(self, inner: WorkflowInstance) -> None:
        super().__init__(inner)
        self._running: set[int] = set()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """See base class."""
        for job in act.jobs:
            if job.resolve_activity.is_local:
                self._running.discard(job.resolve_activity.seq)
        if self._running and _ends_a_task(act):
            nothing = WorkflowActivationCompletion(run_id=act.run_id)
            nothing.successful.SetInParent()
            return nothing
        done = super().activate(act)
        for command in done.successful.commands:
            if command.HasField("schedule_local_activity"):
                self._running.add(command.schedule_local_activity.seq)
        return done


def _ends_a_task(act: WorkflowActivation) -> bool:
    """Whether it asks, and does nothing else: queries come by themselves."""
    return any(
        job.HasField("query_workflow") and job.query_workflow.query_id != WITHOUT_A_TASK
        for job in act.jobs
    )
