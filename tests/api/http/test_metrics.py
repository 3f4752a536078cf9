"""What is counted is read at a port of its own, and nowhere else."""

import httpx2
from structlog.testing import capture_logs

from api.http.middleware import REQUESTS
from temporal.metrics import served_metrics
from tests.ports import free_port

HOST = "127.0.0.1"


def test_metrics_are_read_at_their_own_port() -> None:
    REQUESTS.labels("GET", "/v1/tickets", "200").inc()
    port = free_port()
    with served_metrics(HOST, port):
        read = httpx2.get(f"http://{HOST}:{port}/metrics", trust_env=False)
    assert read.status_code == 200
    assert 'http_requests_total{method="GET",route="/v1/tickets",status="200"}' in read.text


def test_an_api_whose_port_for_metrics_is_taken_serves_without() -> None:
    port = free_port()
    with served_metrics(HOST, port), capture_logs() as lines, served_metrics(HOST, port):
        pass
    assert [line["event"] for line in lines] == ["metrics_not_served"]
    with served_metrics(HOST, 0):
        pass
