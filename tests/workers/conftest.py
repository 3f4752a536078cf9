"""The post office is the activities'."""

from tests.activities.conftest import mail_server as mail_server
from tests.activities.conftest import office as office
from tests.activities.conftest import twilio as twilio
