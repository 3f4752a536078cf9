"""Which provider for which setting."""

from activities.gateways.message import MessageGateway
from activities.gateways.message.folder import FolderMessages
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from activities.message.office import Office
from models.message.notification import MessageChannel
from models.settings import VARIABLES, Settings
from temporal.links import OfferLinks, SurveyLinks


def message_gateways(settings: Settings) -> dict[MessageChannel, MessageGateway]:
    """The gateway of every channel.

    Raises:
        SystemExit: naming every variable that a chosen provider lacks, one line each.
    """
    if lacking := [*_lacking_for_sms(settings), *_lacking_for_email(settings)]:
        raise SystemExit("\n".join(lacking))
    return {MessageChannel.SMS: _sms(settings), MessageChannel.EMAIL: _email(settings)}


def office(settings: Settings) -> Office:
    """What letters say about ourselves."""
    return Office(
        public_url=settings.api_public_url,
        desk_url=settings.desk_public_url,
        helpdesk_email=settings.helpdesk_email,
        manager_email=settings.manager_email,
        admin_email=settings.admin_email,
        surveys=SurveyLinks(settings.link_secret),
        offers=OfferLinks(settings.link_secret),
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


def _lacking_for_sms(settings: Settings) -> list[str]:
    if settings.sms_gateway != "twilio":
        return []
    needed = ("twilio_account_sid", "twilio_auth_token", "twilio_sender")
    return _lacking(settings, needed, "SMS_GATEWAY=twilio needs it")


def _lacking_for_email(settings: Settings) -> list[str]:
    """An account without its password, or the reverse, would silently send without either."""
    given = bool(settings.smtp_username), bool(settings.smtp_password)
    if settings.email_gateway != "smtp" or given[0] == given[1]:
        return []
    return _lacking(settings, ("smtp_username", "smtp_password"), "the other half is given")


def _lacking(settings: Settings, fields: tuple[str, ...], why: str) -> list[str]:
    names = {variable.field: name for name, variable in VARIABLES.items()}
    return [f"{names[field]}: {why}" for field in fields if not getattr(settings, field)]
