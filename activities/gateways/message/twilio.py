"""SMS through Twilio's own SDK."""

import base64
import hashlib
import logging
import math
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from urllib3.exceptions import MaxRetryError, NewConnectionError

from activities.gateways.message import (
    DeliveryRefused,
    DeliveryUncertain,
    FailureCode,
    GatewayError,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
    flaw,
)

PROVIDER = "twilio"
_LOOK_BACK, _PAGE = 1000, 100
_MOST_AT_ONCE = 100
_LONGEST_WAIT = 86_400.0
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, TwilioException)
_TOO_FAST = {14107, 20429, 21611, 63038}
_REFUSALS = {
    20003: FailureCode.SENDER_REJECTED,
    20404: FailureCode.SENDER_REJECTED,
    21211: FailureCode.RECIPIENT_INVALID,
    21212: FailureCode.SENDER_REJECTED,
    21265: FailureCode.RECIPIENT_UNREACHABLE,
    21266: FailureCode.RECIPIENT_INVALID,
    21408: FailureCode.SENDER_REJECTED,
    21603: FailureCode.SENDER_REJECTED,
    21604: FailureCode.RECIPIENT_INVALID,
    21606: FailureCode.SENDER_REJECTED,
    21608: FailureCode.SENDER_REJECTED,
    21610: FailureCode.RECIPIENT_OPTED_OUT,
    21612: FailureCode.RECIPIENT_UNREACHABLE,
    21614: FailureCode.RECIPIENT_UNREACHABLE,
    21635: FailureCode.RECIPIENT_UNREACHABLE,
    21659: FailureCode.SENDER_REJECTED,
    21660: FailureCode.SENDER_REJECTED,
}


class TwilioSms:
    """A `MessageGateway` for SMS.

    Twilio accepts the same message twice if asked twice, so every text ends with a short tag made
    from our reference, on its last line, and `find` looks for the tag among the latest messages to
    the number.

    Args:
        sender: an E.164 number of ours, or a messaging service (`MG...`).
        base_url: where Twilio's REST protocol is spoken; None for Twilio itself.
        timeout: seconds, for the connection and for each wait for bytes.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str | None = None,
        timeout: float = 8.0,
    ) -> None:
        kind = "messaging_service_sid" if sender.startswith("MG") else "from_"
        self._sender = {kind: sender}
        # An empty environment is taken for none, and then the SDK reads region and edge from ours.
        self._client = Client(
            account_sid,
            auth_token,
            http_client=_Wire(base_url, timeout),
            environment={"TWILIO_ACCOUNT_SID": account_sid},
        )

    def send(self, message: OutgoingMessage) -> Receipt:
        """Hand the text over, once. Subject and attachments stay behind."""
        if code := flaw(message):
            raise DeliveryRefused(PROVIDER, code)
        failure: GatewayError = DeliveryUncertain(PROVIDER)
        try:
            sent = self._client.messages.create(
                to=message.recipient, body=f"{message.text} {tag(message)}", **self._sender
            )
            if isinstance(sent.sid, str) and sent.sid:
                return Receipt(PROVIDER, sent.sid)
        except GatewayError as known:
            failure = known
        except (TwilioRestException, TwilioServiceException) as refused:
            failure = _refusal(refused.status, refused.code)
        except requests.RequestException as broken:
            failure = _lost(broken)
        except _UNREADABLE:
            # The message had left before the answer turned out to be gibberish.
            pass
        raise failure

    def find(self, message: OutgoingMessage) -> Receipt | None:
        """The latest messages to the number, searched for our tag: as many as a busy number may get
        while a lease runs.

        Not narrowed by date: Twilio filters by the date sent, which a queued message has not got.
        """
        failure = GatewayUnavailable(PROVIDER)
        try:
            for earlier in self._client.messages.stream(
                to=message.recipient, limit=_LOOK_BACK, page_size=_PAGE
            ):
                if earlier.body.rstrip().endswith(tag(message)):
                    return Receipt(PROVIDER, str(earlier.sid))
            return None
        except GatewayUnavailable as known:
            failure = known
        except (GatewayError, requests.RequestException, *_UNREADABLE):
            pass
        raise failure

    def check(self) -> None:
        """Ask for the latest message, whoever it went to."""
        failure = GatewayUnavailable(PROVIDER)
        try:
            self._client.messages.list(limit=1)
            return
        except GatewayUnavailable as known:
            failure = known
        except (GatewayError, requests.RequestException, *_UNREADABLE):
            pass
        raise failure


def tag(message: OutgoingMessage) -> str:
    """The short form of the reference that ends the text: `#` and eight letters or digits."""
    digest = hashlib.sha256(message.reference.encode()).digest()
    return f"#{base64.b32encode(digest[:5]).decode()}"


class _Wire:
    """Twilio's HTTP client at our address: no retries, no log lines, `Retry-After` understood."""

    def __init__(self, base_url: str | None, timeout: float) -> None:
        # The SDK logs the query at INFO, and the query of a search is somebody's number.
        silent = logging.Logger("twilio", level=logging.CRITICAL + 1)
        self._http = TwilioHttpClient(timeout=timeout, logger=silent)
        for scheme in ("http://", "https://"):
            once = HTTPAdapter(max_retries=0, pool_maxsize=_MOST_AT_ONCE)
            self._http.session.mount(scheme, once)
        self._base_url = base_url.rstrip("/") if base_url else None
        # An address of our own is reached directly; only Twilio's may lie behind a proxy.
        self._http.session.trust_env = base_url is None

    def request(self, method: str, url: str, **options: Any) -> Any:
        response = self._http.request(method, self._address(url), **options)
        if response.status_code in (429, 503):
            raise GatewayUnavailable(
                PROVIDER,
                FailureCode.PROVIDER_RATE_LIMITED
                if response.status_code == 429
                else FailureCode.PROVIDER_UNAVAILABLE,
                provider_code=response.status_code,
                retry_after=_seconds(response.headers.get("Retry-After")),
            )
        return response

    def _address(self, url: str) -> str:
        if self._base_url is None:
            return url
        parts = urlsplit(url)
        return self._base_url + parts.path + (f"?{parts.query}" if parts.query else "")


def _refusal(status: int, code: object) -> GatewayError:
    number = code if isinstance(code, int) else status
    if number in _TOO_FAST:
        return GatewayUnavailable(PROVIDER, FailureCode.PROVIDER_RATE_LIMITED, provider_code=number)
    if status >= 500 or status == 408:
        # Twilio does not promise that a failed request left nothing behind (its error 20500).
        return DeliveryUncertain(PROVIDER, provider_code=number)
    if status < 400:
        return GatewayUnavailable(PROVIDER, provider_code=number)
    fallback = FailureCode.SENDER_REJECTED if status in (401, 403) else FailureCode.MESSAGE_REJECTED
    return DeliveryRefused(PROVIDER, _REFUSALS.get(number, fallback), provider_code=number)


def _lost(broken: requests.RequestException) -> GatewayError:
    reason = broken.args[0] if broken.args else None
    never_connected = isinstance(broken, requests.ConnectTimeout) or (
        isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
    )
    return GatewayUnavailable(PROVIDER) if never_connected else DeliveryUncertain(PROVIDER)


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if math.isfinite(seconds) and seconds >= 0 else None
