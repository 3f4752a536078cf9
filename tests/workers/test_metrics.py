"""How workers and relays are doing, read at ports of their own."""

import socket
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from temporalio.testing import WorkflowEnvironment

from activities.message.tally import Tally
from models.db.engine import Database
from models.settings.processes import RelaySettings, WorkerSettings
from temporal.metrics import measured_runtime
from tests.activities.gateways.twilio_server import TwilioServer
from tests.databases import outage
from tests.ports import free_port
from tests.post_office import PostOffice, stands
from tests.until import awaited
from tests.workers.test_relay import SENT, program
from workers.metrics import RelayCollector, lateness
from workers.wiring import connected

HOST = "127.0.0.1"
LEAST = {
    "DATABASE_URL": "postgresql://u:p@db/sysops",
    "INTAKE_KEY_DIRECTORY": "keys",
    "LINK_SECRET": "link-b81f02e7c94d6a350f7de1928c64ab53",
}
"""What worker and relay need."""


def read(port: int) -> str:
    """What is told at a port; nothing while nobody listens."""
    try:
        return httpx2.get(f"http://{HOST}:{port}/metrics", trust_env=False).text
    except httpx2.ConnectError:
        return ""


def test_a_relay_tells_what_it_sent_and_how_late_it_is(
    office: PostOffice, twilio: TwilioServer, tmp_path: Path
) -> None:
    port = free_port()
    with program(office, twilio, tmp_path, RELAY_METRICS_PORT=str(port)):
        ticket = office.received()
        awaited(lambda: stands(office.told(ticket)) == SENT, seconds=30)
        counted = 'relay_deliveries_total{channel="sms",ending="sent"} '
        awaited(lambda: counted in read(port), "the count")
        told = read(port)
    assert "relay_rounds_total " in told
    assert "relay_oldest_due_seconds 0.0" in told


def test_what_waits_is_late_from_when_it_was_due(office: PostOffice) -> None:
    def late() -> float | None:
        registry = CollectorRegistry()
        registry.register(RelayCollector(Tally(), lambda: lateness(office.database)))
        return registry.get_sample_value("relay_oldest_due_seconds")

    assert late() == 0
    office.received()
    awaited(lambda: (late() or 0) > 0.2, "news that nobody takes up")
    with closing(Database(office.url, pool_size=1)) as database, outage(office.url):
        assert lateness(database) is None


async def test_a_worker_tells_what_the_sdk_counts(temporal_env: WorkflowEnvironment) -> None:
    port, server = free_port(), temporal_env.client.service_client.config.target_host
    told = WorkerSettings.from_environment(
        {**LEAST, "TEMPORAL_ADDRESS": server, "WORKER_METRICS_PORT": str(port)}
    )
    runtime = measured_runtime(told.metrics.host, told.metrics.port)
    client = await connected(told.temporal, runtime)
    await client.count_workflows()
    awaited(lambda: 'temporal_request_total{namespace="default"' in read(port), "the count")


@pytest.mark.parametrize("host", [HOST, "nowhere.invalid"])
def test_a_worker_that_cannot_listen_says_so_in_one_line_and_works(host: str) -> None:
    with socket.create_server((HOST, 0)) as somebody, capture_logs() as lines:
        port = somebody.getsockname()[1]
        assert measured_runtime(host, port) is None
    assert [(line["event"], line["port"]) for line in lines] == [("metrics_not_served", port)]


def test_a_relay_whose_port_is_taken_says_so_in_one_line_and_delivers(
    office: PostOffice, twilio: TwilioServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server((HOST, 0)) as somebody:
        port = str(somebody.getsockname()[1])
        with program(office, twilio, tmp_path, RELAY_METRICS_PORT=port):
            ticket = office.received()
            awaited(lambda: stands(office.told(ticket)) == SENT, seconds=30)
    [line] = [line for line in capfd.readouterr().err.splitlines() if "metrics" in line]
    assert "metrics_not_served" in line
    assert port in line


@pytest.mark.parametrize("kind", [WorkerSettings, RelaySettings])
def test_nothing_is_served_unless_a_port_is_set(
    kind: type[WorkerSettings | RelaySettings],
) -> None:
    assert kind.from_environment(LEAST).metrics.port == 0
    assert measured_runtime(HOST, 0) is None


@pytest.mark.parametrize("variable", ["WORKER_METRICS_PORT", "RELAY_METRICS_PORT"])
def test_a_port_that_is_none_is_refused_by_name(variable: str) -> None:
    kind = WorkerSettings if variable.startswith("WORKER") else RelaySettings
    with pytest.raises(SystemExit, match=f"^{variable}: Input should be less than or equal"):
        kind.from_environment(LEAST | {variable: "99464"})
