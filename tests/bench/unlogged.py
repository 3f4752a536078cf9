"""`python -m tests.bench.unlogged`: the API as it is, but its commands are only remembered."""

from dataclasses import replace

from api.app import create_app
from api.assembly import assemble, listen, run
from api.http.auth import KeySet
from models.db.intake.command_log import CommandLog
from models.settings.processes import ApiSettings


async def serve(settings: ApiSettings) -> None:
    """Serve until told to stop."""
    services = replace(await assemble(settings), commands=CommandLog(None))
    tokens, server = settings.tokens, settings.server
    keys = KeySet(
        tokens.keys_url, tokens.cache_file, issuer=tokens.issuer, audience=tokens.audience
    )
    await listen(create_app(services, keys), server.host, server.port, grace_seconds=8)
    services.reads.close()


if __name__ == "__main__":
    run(ApiSettings, serve)
