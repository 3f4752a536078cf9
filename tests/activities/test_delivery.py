"""How people are told: real Postgres, Twilio's own SDK, real SMTP."""

from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.post_office import PostOffice

def test_x(office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer) -> None:
    ticket = office.received()
    office.deliver()
    print(twilio.accepted, office.told(ticket))
