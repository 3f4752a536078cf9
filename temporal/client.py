"""How everybody connects: one converter for clients, workers, tests and replay."""

from datetime import timedelta

from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression, KeepAliveConfig, RetryConfig, TLSConfig

from temporal.failures import DomainFailureConverter
from temporal.payloads import HousePayloads

_QUICK = RetryConfig(
    initial_interval_millis=50,
    max_interval_millis=200,
    max_elapsed_time_millis=1000,
    max_retries=2,
)
"""`rpc_timeout` does not bound a call to a dead server; the SDK's own retrying does."""


def data_converter() -> DataConverter:
    """Pydantic JSON payloads, refusals with their codes."""
    return DataConverter(
        payload_converter_class=HousePayloads, failure_converter_class=DomainFailureConverter
    )


async def connect(
    address: str,
    namespace: str,
    *,
    api_key: str | None = None,
    tls: bool = False,
    patient: bool = True,
    interceptors: tuple[Interceptor, ...] = (),
    runtime: Runtime | None = None,
) -> Client:
    """A client of the Temporal service.

    Args:
        address: `host:port` of the frontend.
        namespace: the namespace of all our workflows.
        api_key: for a managed service; implies TLS.
        tls: whether to speak TLS with the system's certificates.
        patient: workers wait for a server; a web request does not (and connects lazily).
        interceptors: what the process adds to every call.
        runtime: of the SDK, if not the process's ordinary one.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=data_converter(),
        api_key=api_key,
        tls=TLSConfig() if tls or api_key else False,
        lazy=not patient,
        retry_config=None if patient else _QUICK,
        keep_alive_config=KeepAliveConfig(interval_millis=5000, timeout_millis=2000),
        # Packing and unpacking costs both sides more than the bytes cost a house's own network.
        grpc_compression=GrpcCompression.NONE,
        interceptors=list(interceptors),
        runtime=runtime,
    )


IMPATIENCE = timedelta(seconds=1)
"""How long one call of a web request may take before it is told to try again."""
