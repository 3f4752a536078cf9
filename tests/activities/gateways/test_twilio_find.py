"""Twilio accepts a text twice if asked twice: we look before we send again."""

from dataclasses import replace

import pytest

from activities.gateways.message import (
    DeliveryUncertain,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
)
from activities.gateways.message.twilio import TwilioSms
from tests.activities.gateways.twilio_server import Fault, TwilioServer

LOST_ANSWERS = {
    "timeout": Fault(silence=5, accepted=True),
    "cut": Fault(status=0, accepted=True),
    "server error": Fault(status=500, code=20500, accepted=True),
    "bad gateway": Fault(status=502, body="<html>", accepted=True),
    "gibberish": Fault(status=201, body="<html>", accepted=True),
    "wrong shape": Fault(status=201, body="[1, 2]", accepted=True),
    "no name": Fault(status=201, body="{}", accepted=True),
}


@pytest.mark.parametrize("fault", LOST_ANSWERS.values(), ids=LOST_ANSWERS.keys())
def test_a_lost_answer_is_looked_up_and_the_text_goes_out_once(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage, fault: Fault
) -> None:
    twilio.will(fault)
    with pytest.raises(DeliveryUncertain):
        sms.send(text_message)
    found = sms.find(text_message)
    assert found == Receipt("twilio", twilio.accepted[0]["sid"])
    assert len(twilio.accepted) == 1


def test_a_text_that_was_lost_on_its_way_is_not_found_and_may_go_again(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    twilio.will(Fault(status=0))
    with pytest.raises(DeliveryUncertain):
        sms.send(text_message)
    assert sms.find(text_message) is None
    sms.send(text_message)
    assert len(twilio.accepted) == 1


def test_another_message_with_the_same_words_is_not_taken_for_this_one(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    sms.send(replace(text_message, reference="ntf_6"))
    sms.send(replace(text_message, recipient="+15005550101"))
    assert sms.find(text_message) is None


def test_a_text_is_found_behind_all_that_a_busy_number_got_since(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage
) -> None:
    receipt = sms.send(text_message)
    for number in range(250):
        twilio.accept(text_message.recipient, f"Another. #{number:08}", "+15005550006")
    assert sms.find(text_message) == receipt


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_search_without_a_readable_answer_is_no_leave_to_send_again(
    twilio: TwilioServer, sms: TwilioSms, text_message: OutgoingMessage, status: int
) -> None:
    twilio.will(Fault(status=status, body="[]"))
    with pytest.raises(GatewayUnavailable):
        sms.find(text_message)
