"""`python -m api.desk`: the desk, served."""

import uvicorn
import uvloop

from api.assembly import assemble
from api.desk.app import create_desk
from api.desk.door import Door
from api.desk.provider import Endpoints, Provider
from models.settings import Settings
from temporal.logs import configure


def door(settings: Settings) -> Door:
    """Where the door is and who guards it, by the settings."""
    endpoints = Endpoints(
        issuer=settings.oidc_issuer_url or settings.jwt_issuer,
        authorize_url=settings.oidc_authorize_url,
        token_url=settings.oidc_token_url,
        jwks_url=settings.jwks_url,
    )
    return Door(
        public_url=settings.desk_public_url.rstrip("/"),
        secret=settings.link_secret,
        provider=Provider(endpoints, settings.oidc_client_id, settings.oidc_client_secret),
        ui_url=settings.temporal_ui_internal_url,
    )


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    services = await assemble(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            create_desk(services, door(settings)),
            host=settings.desk_host,
            port=settings.desk_port,
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    await server.serve()
    services.reads.close()


def main() -> None:
    """Read the settings and serve."""
    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
