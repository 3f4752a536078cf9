"""A channel is switched off, and messages go by the next one; nothing is lost."""

from datetime import timedelta

from models.flag import Rollout
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.house import House
from tests.post_office import PostOffice, stands

OFF, ON = Rollout(on=False), Rollout(on=True)


def test_what_would_go_by_sms_goes_by_email_and_is_marked(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    office.flags.take({"messages.sms": OFF})
    ticket = office.received()
    office.deliver(patiently=False)
    [(told, [sms, email])] = office.told(ticket)
    assert told.state == "SENT"
    assert (sms.state, sms.attempts, sms.error) == ("FAILED", 0, "channel-switched-off")
    assert (email.state, email.fallback_of) == ("SENT", sms.id)
    assert (twilio.requests, len(mail_server.recipients)) == ([], 1)


def test_what_would_go_by_email_goes_by_sms(
    by_email: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    by_email.change(channels=["email", "sms"])
    by_email.flags.take({"messages.email": OFF})
    ticket = by_email.received()
    by_email.deliver(patiently=False)
    [(_, [email, sms])] = by_email.told(ticket)
    assert (email.error, sms.state, sms.fallback_of) == ("channel-switched-off", "SENT", email.id)
    assert (len(twilio.accepted), mail_server.recipients) == (1, [])


def test_what_has_no_other_channel_waits_until_it_is_on_again(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    by_email.change(phone="")
    by_email.flags.take({"messages.email": OFF})
    ticket, relay = by_email.received(), by_email.relay()
    by_email.deliver(relay, patiently=False)
    by_email.push_clock(timedelta(hours=20))
    by_email.deliver(relay, patiently=False)
    assert mail_server.recipients == []
    [(waiting, _)] = by_email.told(ticket)
    assert waiting.state == "QUEUED"
    by_email.flags.take({"messages.email": ON})
    by_email.deliver(relay)
    assert stands(by_email.told(ticket)) == [("SENT", ["email SENT"])]
    assert len(mail_server.recipients) == 1


def test_while_all_are_off_nothing_is_lost_and_the_first_that_is_on_again_has_it(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    office.flags.take({"messages.email": OFF, "messages.sms": OFF})
    ticket, relay = office.received(), office.relay()
    for _ in range(5):
        office.deliver(relay, patiently=False)
        office.push_clock(timedelta(minutes=10))
    assert (twilio.requests, mail_server.recipients) == ([], [])
    office.flags.take({"messages.email": OFF})
    office.deliver(relay)
    [(told, _)] = office.told(ticket)
    assert (told.state, len(twilio.accepted)) == ("SENT", 1)


async def test_an_operator_switches_a_channel_off_and_on_while_the_house_runs(
    house: House,
) -> None:
    path, every = "/flags/messages.email", {"If-Match": "*"}

    async def switch(*, on: bool) -> None:
        said = {"on": on, "reason": "The provider is away."}
        await house.expect("admin", "PUT", path, said, **every)
        flags = house.services.flags
        await house.soon(lambda: flags.is_on("messages.email") is on, f"the flag to be {on}")

    await switch(on=False)
    try:
        ticket_id = await house.file()
        number = (await house.until(ticket_id, "MATCHING"))["number"]

        def told(channel: str) -> list[str]:
            return [letter for letter in house.letters(channel) if number in letter]

        await house.soon(lambda: told("sms"), "an SMS")
        assert told("email") == []
    finally:
        await switch(on=True)
