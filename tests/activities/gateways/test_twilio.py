"""SMS through Twilio's real SDK, against a server that speaks its protocol."""

import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from activities.gateways.message import (
    DeliveryRefused,
    DeliveryUncertain,
    FailureCode,
    GatewayError,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
)
from activities.gateways.message.twilio import TwilioSms, tag
from tests.activities.gateways.conftest import PHONE, TEXT
from tests.activities.gateways.twilio_server import Fault, TwilioServer


def test_an_accepted_text_reaches_its_number_with_our_tag_at_the_end(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    receipt = sms.send(text_message)
    [taken] = twilio.accepted
    assert receipt == Receipt("twilio", taken["sid"])
    assert (taken["to"], taken["from"]) == (PHONE, "+15005550006")
    assert taken["body"] == f"{TEXT} {tag(text_message)}"


def test_a_messaging_service_can_be_the_sender(
    twilio: TwilioServer, text_message: OutgoingMessage
) -> None:
    service = "MG" + "1" * 32
    TwilioSms(twilio.account_sid, twilio.auth_token, service, twilio.base_url).send(text_message)
    assert twilio.accepted[0]["from"] == service


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (21211, FailureCode.RECIPIENT_INVALID),
        (21610, FailureCode.RECIPIENT_OPTED_OUT),
        (21614, FailureCode.RECIPIENT_UNREACHABLE),
        (21606, FailureCode.SENDER_REJECTED),
        (21617, FailureCode.MESSAGE_REJECTED),
    ],
)
def test_a_refusal_for_good_says_why(
    twilio: TwilioServer,
    sms: TwilioSms,
    text_message: OutgoingMessage,
    code: int,
    meaning: FailureCode,
) -> None:
    twilio.will(Fault(status=400, code=code))
    with pytest.raises(DeliveryRefused) as refused:
        sms.send(text_message)
    assert (refused.value.code, refused.value.provider_code) == (meaning, code)


def test_wrong_credentials_are_our_fault_and_not_the_recipients(
    twilio: TwilioServer, text_message: OutgoingMessage
) -> None:
    stranger = TwilioSms(twilio.account_sid, "wrong", "+15005550006", twilio.base_url)
    with pytest.raises(DeliveryRefused) as refused:
        stranger.send(text_message)
    assert refused.value.code is FailureCode.SENDER_REJECTED
    with pytest.raises(GatewayUnavailable):
        stranger.find(text_message)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), (None, None), ("soon", None), ("-1", None), ("nan", None)],
)
def test_a_provider_with_too_much_to_do_says_when_to_come_back(
    twilio: TwilioServer,
    sms: TwilioSms,
    text_message: OutgoingMessage,
    header: str | None,
    seconds: float | None,
) -> None:
    twilio.will(Fault(status=429, code=20429, retry_after=header))
    with pytest.raises(GatewayUnavailable) as busy:
        sms.send(text_message)
    assert busy.value.retry_after == seconds
    assert busy.value.code is FailureCode.PROVIDER_RATE_LIMITED


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(status=302), Fault(400, code=21611)])
def test_a_provider_out_of_order_has_not_accepted_anything(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage, fault: Fault
) -> None:
    twilio.will(fault)
    with pytest.raises(GatewayUnavailable):
        sms.send(text_message)
    assert len(twilio.requests) == 1, "retries belong to the caller"


def test_a_provider_that_cannot_be_reached_has_not_accepted_anything(
    text_message: OutgoingMessage,
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        sms = TwilioSms("AC0", "secret", "+15005550006", nowhere, timeout=0.4)
        with pytest.raises(GatewayUnavailable):
            sms.send(text_message)
        with pytest.raises(GatewayUnavailable):
            sms.find(text_message)


def test_a_silent_provider_holds_us_no_longer_than_the_timeout(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    twilio.will(Fault(silence=5))
    began = time.monotonic()
    with pytest.raises(DeliveryUncertain):
        sms.send(text_message)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(400, code=21211),
        Fault(429),
        Fault(500),
        Fault(0),
        Fault(silence=5),
        Fault(201, body=""),
    ],
)
def test_neither_number_nor_text_is_in_an_error_or_in_the_log(
    twilio: TwilioServer,
    sms: TwilioSms,
    text_message: OutgoingMessage,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    twilio.will(fault, fault)
    for attempt in (sms.send, sms.find):
        with pytest.raises(GatewayError) as failure:
            attempt(text_message)
        assert "5550100" not in str(failure.value) + repr(failure.value)
        assert TEXT not in str(failure.value)
        assert failure.value.__cause__ is failure.value.__context__ is None
    assert "5550100" not in caplog.text + repr(text_message)


def test_broken_characters_are_refused_before_anything_is_sent(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    with pytest.raises(DeliveryRefused):
        sms.send(replace(text_message, text="\ud800"))
    assert twilio.requests == []


def test_many_workers_share_one_gateway(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    messages = [replace(text_message, reference=f"ntf_{number}") for number in range(64)]
    with ThreadPoolExecutor(16) as workers:
        receipts = set(workers.map(sms.send, messages))
    assert len(receipts) == len(twilio.accepted) == len(messages)
