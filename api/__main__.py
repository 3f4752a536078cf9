"""`python -m api`: the API, served."""

import uvicorn
import uvloop

from api.app import create_app
from api.assembly import assemble
from api.auth import KeySet
from models.settings import Settings
from temporal.logs import configure


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    services = await assemble(settings)
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
    services.reads.close()


def main() -> None:
    """Read the settings and serve."""
    settings = Settings.from_environment()
    configure(settings.log_format, settings.log_level)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
