"""The one sandbox, for workers, replays and tests.

Workflow modules are reloaded for every workflow and stay under the sandbox's guard; everything they
import is pure or opaque and passes through by name, which costs milliseconds instead of seconds.
What passes through loses the guard against clocks and chance: the banned-api lint keeps that.
"""

from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from temporal.patient import PatientRunner

PASSED_THROUGH = (
    "models",
    "activities",
    "temporal",
    "workflows.ticket.closing",
    "workflows.causes",
    "workflows.escalation_door",
    "workflows.story_clock",
    "workflows.ticket.door",
    "workflows.inbox",
    "workflows.ticket.matching",
    "workflows.ticket.overrun",
    "workflows.options",
    "workflows.ticket.recording",
    "workflows.ticket.doubts",
    "workflows.ticket.field",
    "workflows.ticket.filing",
    "workflows.ticket.screen",
    "workflows.timers",
)


def workflow_runner(*, sandboxed: bool = True) -> WorkflowRunner:
    """The runner that workers, replays and tests share; a worker may be told to trust its build and
    do without the guard."""
    if not sandboxed:
        return PatientRunner(UnsandboxedWorkflowRunner())
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        *PASSED_THROUGH
    ).with_import_notification_policy(
        SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        | SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
    )
    return PatientRunner(SandboxedWorkflowRunner(restrictions=restrictions))
