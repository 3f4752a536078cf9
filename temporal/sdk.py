"""The one place where the SDK is called by a name that it does not publish.

`WorkflowInstance` is public, to be implemented by whoever runs workflows their own way. The
messages that its `activate` takes and gives are not: they stand below `temporalio.bridge`, which
has no promise of its own, and no public module exports them. `tests/architecture/test_sdk.py`
notices when they are gone from there, or to be had in public.
"""

from temporalio.bridge.proto.workflow_activation import (
    QueryWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

__all__ = [
    "QueryWorkflow",
    "WorkflowActivation",
    "WorkflowActivationCompletion",
    "WorkflowActivationJob",
]
