"""Which provider for which setting."""

from datetime import UTC, datetime

from temporalio.client import Client
from temporalio.runtime import Runtime

from activities.gateways.coverage.peer import PeerAccounts
from activities.gateways.message import MessageGateway
from activities.gateways.message.folder import FolderMessages
from activities.gateways.message.smtp import SmtpEmail
from activities.gateways.message.twilio import TwilioSms
from activities.gateways.travel.scouting import Scout
from activities.gateways.travel.servers import map_server
from activities.message.office import Office
from activities.ticket.paying import Accounts
from models.db.engine import Database
from models.db.people.ways import WayBook
from models.message.notification import MessageChannel
from models.settings.accounts import CoverageServer
from models.settings.maps import Maps
from models.settings.messages import Email, Outbox, Sms
from models.settings.processes import RelaySettings
from models.settings.servers import Temporal
from temporal.client import connect
from temporal.flags import Flags
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.start_codes import StartCodes


async def connected(temporal: Temporal, runtime: Runtime | None = None) -> Client:
    """A patient client of the Temporal service."""
    return await connect(
        temporal.address,
        temporal.namespace,
        api_key=temporal.api_key,
        tls=temporal.tls,
        runtime=runtime,
    )


def message_gateways(settings: RelaySettings) -> dict[MessageChannel, MessageGateway]:
    """The gateway of every channel."""
    return {
        MessageChannel.SMS: _sms(settings.sms, settings.outbox),
        MessageChannel.EMAIL: _email(settings.email, settings.outbox),
    }


def ways(maps: Maps, flags: Flags, database: Database) -> Scout:
    """Whoever knows how long ways take, by setting; the first server while its flag is on. What is
    answered is written down."""
    servers = [map_server(address.kind, address.url) for address in maps.chain]
    return Scout(
        servers,
        lambda: datetime.now(UTC),
        lambda: flags.is_on("maps.primary"),
        keep=WayBook(database).keep,
    )


def accounts(server: CoverageServer) -> Accounts:
    """Who says who has paid, by setting."""
    return Accounts(PeerAccounts(server.url) if server.url else None)


def office(settings: RelaySettings) -> Office:
    """What letters say about ourselves."""
    return Office(
        public_url=settings.addresses.api,
        desk_url=settings.addresses.desk,
        helpdesk_email=settings.staff.helpdesk,
        manager_email=settings.staff.manager,
        admin_email=settings.staff.admin,
        surveys=SurveyLinks(*settings.signing.keys),
        offers=OfferLinks(*settings.signing.keys),
        visit_links=VisitLinks(*settings.signing.keys),
        start_codes=StartCodes(*settings.signing.keys),
    )


def _sms(chosen: Sms, outbox: Outbox) -> MessageGateway:
    match chosen.gateway:
        case "folder":
            return FolderMessages(outbox.directory, "sms")
        case "twilio":
            return TwilioSms(
                chosen.account_sid, chosen.auth_token, chosen.sender, base_url=chosen.base_url
            )


def _email(chosen: Email, outbox: Outbox) -> MessageGateway:
    match chosen.gateway:
        case "folder":
            return FolderMessages(outbox.directory, "email")
        case "smtp":
            return SmtpEmail(
                chosen.host,
                chosen.port,
                chosen.username,
                chosen.password,
                sender=chosen.sender,
                starttls=chosen.starttls,
            )
