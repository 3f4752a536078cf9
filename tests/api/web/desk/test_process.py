"""The desk as a process of its own, while everything else is away."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import httpx2

from tests.api.web.desk.conftest import Surroundings
from tests.api.web.desk.staff import PAGE
from tests.ports import free_port
from tests.until import awaited


def test_desk_starts_while_database_temporal_and_provider_are_away(
    surroundings: Surroundings,
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    away = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        **surroundings.environment,
        "DESK_PORT": str(port),
        "DESK_PUBLIC_URL": url,
        "OIDC_ISSUER_URL": away,
        "JWKS_URL": f"{away}/.well-known/jwks.json",
        "TEMPORAL_ADDRESS": away.removeprefix("http://"),
        "TEMPORAL_UI_INTERNAL_URL": away,
    }
    with subprocess.Popen([sys.executable, "-m", "api.web.desk"], env=environment) as process:
        try:
            with httpx2.Client(base_url=url, headers=PAGE, trust_env=False) as http:
                answer = _soon(http, process)
                assert answer.json() == {"status": "ok"}
                assert http.get("/desk").headers["location"] == "/login?next=%2Fdesk"
                assert http.get("/login").status_code == 503
        finally:
            process.terminate()
        # uvicorn ends in order, then dies of the signal that it was sent.
        assert process.wait(10) == -signal.SIGTERM


def _soon(http: httpx2.Client, process: "subprocess.Popen[bytes]") -> httpx2.Response:
    def answer() -> httpx2.Response | None:
        assert process.poll() is None
        with suppress(httpx2.TransportError):
            return http.get("/healthz")
        return None

    found = awaited(answer, "the desk")
    assert found is not None
    return found
