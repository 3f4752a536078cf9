"""What a process counts, at a port of its own: whoever may call it need not know how it is doing.

A process whose port is taken works without, and says so in one line; 0 is no port.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

log = structlog.get_logger("temporal.metrics")


@contextmanager
def served_metrics(host: str, port: int, registry: CollectorRegistry = REGISTRY) -> Iterator[None]:
    """Prometheus's text format is read there for as long as the block lasts."""
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        _not_served(host, port, error)
        yield
        return
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(1)


def measured_runtime(host: str, port: int) -> Runtime | None:
    """The SDK's runtime that serves there what it counts, in Prometheus's text format and units; or
    None, and the SDK has one of its own that counts for nobody."""
    if not port:
        return None
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    metrics = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=metrics))
    except ValueError as error:
        _not_served(host, port, error)
        return None


def _not_served(host: str, port: int, error: Exception) -> None:
    log.warning("metrics_not_served", host=host, port=port, error=str(error))
