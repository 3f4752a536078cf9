"""A runner that spares workflows a question to which our converter knows one answer.

For every payload the SDK asks the workflow, inside its sandbox, what context to convert it in. Our
converter is the same in every context, so the question is answered outside: it cost a tenth of a
ticket's worker time.
"""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner

from temporal.sdk import WorkflowActivation, WorkflowActivationCompletion


class ContextFreeRunner(WorkflowRunner):
    """Another runner, whose workflows convert every payload alike."""

    def __init__(self, inner: WorkflowRunner) -> None:
        self._inner = inner

    def prepare_workflow(self, defn: Any) -> None:
        """See base class."""
        self._inner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """See base class."""
        return ContextFreeInstance(self._inner.create_instance(det))

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        """See base class."""
        self._inner.set_worker_level_failure_exception_types(types)


class ContextFreeInstance(WorkflowInstance):
    """Another instance, asked for everything but contexts."""

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner
        self._nowhere = StorageDriverStoreContext()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """See base class."""
        return self._inner.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        """None: the converter without a context."""
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        """Nowhere: payloads are kept in the history."""
        return self._nowhere

    def get_info(self) -> workflow.Info:
        """See base class."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """See base class."""
        return self._inner.get_thread_id()
