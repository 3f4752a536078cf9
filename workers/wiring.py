"""Which provider for which setting."""

from activities.gateways.message import MessageGateway
from activities.gateways.message.folder import FolderMessages
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from activities.letters import Office
from models.notification import MessageChannel
from models.settings import Settings
from temporal.links import SurveyLinks


def message_gateways(settings: Settings) -> dict[MessageChannel, MessageGateway]:
    """The gateway of every channel."""
    return {MessageChannel.SMS: _sms(settings), MessageChannel.EMAIL: _email(settings)}


def office(settings: Settings) -> Office:
    """What letters say about ourselves."""
    return Office(
        public_url=settings.api_public_url,
        temporal_ui_url=settings.temporal_ui_url,
        helpdesk_email=settings.helpdesk_email,
        surveys=SurveyLinks(settings.link_secret),
    )


def _sms(settings: Settings) -> MessageGateway:
    match settings.sms_gateway:
        case "folder":
            return FolderMessages(settings.outbox_directory, "sms")
        case "twilio":
            return TwilioSms(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.twilio_sender,
                base_url=settings.twilio_base_url,
            )


def _email(settings: Settings) -> MessageGateway:
    match settings.email_gateway:
        case "folder":
            return FolderMessages(settings.outbox_directory, "email")
        case "smtp":
            return SmtpEmail(
                settings.smtp_host,
                settings.smtp_port,
                settings.smtp_username,
                settings.smtp_password,
                sender=settings.email_sender,
                starttls=settings.smtp_starttls,
            )
