"""`python -m tests.bench.unlogged`: the API as it is, but its commands are only remembered."""

from dataclasses import replace

from api.app import create_app
from api.assembly import assemble, listen, run
from api.http.auth import KeySet
from models.db.intake.command_log import CommandLog
from models.settings import Settings


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    services = replace(await assemble(settings), commands=CommandLog(None))
    keys = KeySet(
        settings.jwks_url,
        settings.jwks_cache_file,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )
    await listen(create_app(services, keys), settings.api_host, settings.api_port, grace_seconds=8)
    services.reads.close()


if __name__ == "__main__":
    run(serve)
