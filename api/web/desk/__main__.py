"""`python -m api.web.desk`: the desk, served."""

from api.assembly import assemble, listen, run
from api.web.desk.app import create_desk
from api.web.desk.door import Door
from api.web.desk.provider import Endpoints, Provider
from models.settings import Settings


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
    app = create_desk(services, door(settings))
    await listen(app, settings.desk_host, settings.desk_port, grace_seconds=5)
    services.commands.close()
    services.reads.close()


if __name__ == "__main__":
    run(serve)
