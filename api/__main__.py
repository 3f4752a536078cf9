"""`python -m api`: the API, served."""

from datetime import UTC, datetime

import uvicorn
import uvloop

from api.app import create_app
from api.auth import KeySet
from api.reads import Reads
from api.reference import Reference
from api.services import Services
from models.db.engine import Database
from models.settings import Settings
from temporal.client import connect
from temporal.links import OfferLinks, SurveyLinks
from temporal.logs import configure
from temporal.sealing import IntakeKeyring


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    reads = Reads(Database(settings.database_url))
    services = Services(
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
    keys = KeySet(
        settings.jwks_url,
        settings.jwks_cache_file,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(services, keys),
            host=settings.api_host,
            port=settings.api_port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=8,
        )
    )
    await server.serve()
    reads.close()


def main() -> None:
    """Read the settings and serve."""
    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
