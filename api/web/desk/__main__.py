"""`python -m api.web.desk`: the desk, served."""

from api.assembly import assemble, listen, run
from api.web.desk.app import create_desk
from api.web.desk.door import Door
from api.web.desk.provider import Endpoints, Provider
from models.db.flag.following import following
from models.settings.processes import DeskSettings


def door(settings: DeskSettings) -> Door:
    """Where the door is and who guards it, by the settings."""
    login = settings.login
    endpoints = Endpoints(
        issuer=login.provider,
        authorize_url=login.authorize_url,
        token_url=login.token_url,
        jwks_url=login.keys_url,
    )
    return Door(
        public_url=settings.addresses.desk.rstrip("/"),
        keys=settings.signing.keys,
        provider=Provider(endpoints, login.client_id, login.client_secret),
        ui_url=settings.server.temporal_ui,
    )


async def serve(settings: DeskSettings) -> None:
    """Serve until told to stop."""
    services = await assemble(settings)
    app = create_desk(services, door(settings))
    with following(settings.database.url, services.flags.take):
        await listen(app, settings.server.host, settings.server.port, grace_seconds=5)
    services.commands.close()
    services.reads.close()


if __name__ == "__main__":
    run(DeskSettings, serve)
