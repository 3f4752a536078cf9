"""Accounts that another system keeps: `GET {server}/customers/{id}/plans` answers
`{"plans": [{"plan_id": "home-eur", "status": "ACTIVE", "paid_until": "2026-12-31"}]}`, or 404 for a
customer who holds none."""

from contextlib import suppress
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.breaker import Breaker
from activities.gateways.coverage import CoverageUnavailable
from models.rules.promise.paid import PaidPlan

PATIENCE = 2.0
"""Seconds for an answer in all; each step of it may take one."""
MOST_BYTES = 64 * 1024
MOST_PLANS = 50


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    plans: list[PaidPlan] = Field(max_length=MOST_PLANS)


class PeerAccounts:
    """A `CoverageGateway` over HTTP. For any thread; while nobody answers there, one question in
    five seconds is asked and the others are not."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(
            base_url=url.rstrip("/") + "/",
            headers={"Accept-Encoding": "identity"},
            timeout=PATIENCE / 2,
            trust_env=False,
            follow_redirects=False,
        )
        self._breaker, self._lock = Breaker(), Lock()
        self._heard_at: datetime | None = None
        self._asked_in_vain: str | None = None

    @property
    def is_down(self) -> bool:
        """See `CoverageGateway`."""
        return self._breaker.is_open

    @property
    def heard_at(self) -> datetime | None:
        """See `CoverageGateway`."""
        return self._heard_at

    def plans_of(self, customer_id: str) -> tuple[PaidPlan, ...]:
        """See `CoverageGateway`."""
        with self._lock:
            if not self._breaker.lets_through(datetime.now(UTC)):
                raise CoverageUnavailable("breaker-open")
        answered = False
        try:
            plans = self._asked(customer_id)
            answered = True
        finally:
            now = datetime.now(UTC)
            with self._lock:
                self._breaker.heard(answered=answered, now=now)
                if answered:
                    self._heard_at = now
                else:
                    self._asked_in_vain = customer_id
        return plans

    def look_again(self) -> None:
        """See `CoverageGateway`."""
        if self.is_down and self._asked_in_vain is not None:
            with suppress(CoverageUnavailable):
                self.plans_of(self._asked_in_vain)

    def close(self) -> None:
        """See `CoverageGateway`."""
        self._client.close()

    def _asked(self, customer_id: str) -> tuple[PaidPlan, ...]:
        until = monotonic() + PATIENCE
        try:
            with self._client.stream("GET", f"customers/{customer_id}/plans") as answer:
                if answer.status_code == httpx2.codes.NOT_FOUND:
                    return ()
                if answer.status_code != httpx2.codes.OK:
                    raise CoverageUnavailable(f"status-{answer.status_code}")
                octets = b""
                for part in answer.iter_raw():
                    octets += part
                    if len(octets) > MOST_BYTES:
                        raise CoverageUnavailable("too-large")
                    if monotonic() > until:
                        raise CoverageUnavailable("too-slow")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            # Whatever it says of itself may hold the address, and that names a customer.
            raise CoverageUnavailable(type(error).__name__) from None
        try:
            return tuple(_Answer.model_validate_json(octets).plans)
        except ValidationError:
            raise CoverageUnavailable("not-understood") from None
