"""What both web processes work with, made from the settings."""

from datetime import UTC, datetime

from api.reads import Reads
from api.reference import Reference
from api.services import Services
from models.db.engine import Database
from models.settings import Settings
from temporal.client import connect
from temporal.links import OfferLinks, SurveyLinks
from temporal.sealing import IntakeKeyring


async def assemble(settings: Settings) -> Services:
    """The collaborators of a web process; nothing is connected yet."""
    reads = Reads(Database(settings.database_url))
    return Services(
        temporal=await connect(
            settings.temporal_address,
            settings.temporal_namespace,
            api_key=settings.temporal_api_key,
            tls=settings.temporal_tls,
            patient=False,
        ),
        reads=reads,
        reference=Reference(reads),
        keyring=IntakeKeyring(settings.intake_key_directory),
        surveys=SurveyLinks(settings.link_secret),
        offers=OfferLinks(settings.link_secret),
        clock=lambda: datetime.now(UTC),
        public_url=settings.api_public_url,
        temporal_ui_url=settings.temporal_ui_url,
        temporal_namespace=settings.temporal_namespace,
    )
