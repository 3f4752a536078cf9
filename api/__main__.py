"""`python -m api`: the API, served."""

from api.app import create_app
from api.assembly import assemble, listen, run
from api.http.auth import KeySet
from models.settings import Settings


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    services = await assemble(settings)
    keys = KeySet(
        settings.jwks_url,
        settings.jwks_cache_file,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )
    app = create_app(services, keys)
    await listen(app, settings.api_host, settings.api_port, grace_seconds=8)
    services.commands.close()
    services.reads.close()


if __name__ == "__main__":
    run(serve)
