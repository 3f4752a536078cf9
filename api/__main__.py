"""`python -m api`: the API, served."""

from api.app import create_app
from api.assembly import assemble, listen, run
from api.http.auth import KeySet
from models.settings.processes import ApiSettings


async def serve(settings: ApiSettings) -> None:
    """Serve until told to stop."""
    services = await assemble(settings)
    tokens = settings.tokens
    keys = KeySet(
        tokens.keys_url, tokens.cache_file, issuer=tokens.issuer, audience=tokens.audience
    )
    app = create_app(services, keys)
    await listen(app, settings.server.host, settings.server.port, grace_seconds=8)
    services.commands.close()
    services.reads.close()


if __name__ == "__main__":
    run(ApiSettings, serve)
