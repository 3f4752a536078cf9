"""`python -m api`: the API, served."""

import asyncio
from dataclasses import replace

from prometheus_client import REGISTRY

from api.app import create_app
from api.assembly import assemble, catalogue_keeper, file_store, listen, run, travel_times
from api.catalogue.reference import Reference
from api.http.auth import KeySet
from api.http.gauges import Gauges, keep_looking
from api.http.limits import Limits, Rates
from models.db.engine import Database
from models.db.flag.following import following
from models.settings.processes import ApiSettings
from temporal.metrics import served_metrics


async def serve(settings: ApiSettings) -> None:
    """Serve until told to stop."""
    counted, may = Database(settings.database.url, pool_size=2), settings.limits
    limits = Limits(counted, Rates(may.filings, may.changes, may.readings, may.unactionable))
    assembled = await assemble(settings)
    # Connections of its own: nobody's request waits for what maps said.
    kept = Database(settings.database.url, pool_size=1)
    travel = travel_times(settings.maps, assembled.flags, kept)
    keeper = catalogue_keeper(settings.catalogue)
    services = replace(
        assembled,
        limits=limits,
        travel=travel,
        files=file_store(settings.files),
        reference=Reference(assembled.reads, keeper, settings.catalogue.file),
    )
    tokens = settings.tokens
    keys = KeySet(
        tokens.keys_url,
        tokens.cache_file,
        issuer=tokens.issuer,
        audience=tokens.audience,
        id_claim=tokens.id_claim,
    )
    app = create_app(services, keys)
    gauges = Gauges()
    REGISTRY.register(gauges)
    server = settings.server
    with (
        served_metrics(settings.metrics.host, settings.metrics.port),
        following(settings.database.url, services.flags.take),
    ):
        looking = asyncio.create_task(keep_looking(services, gauges))
        await listen(
            app,
            server.host,
            server.port,
            grace_seconds=8,
            proxies=may.proxies,
            sockets=server.handed_over,
        )
        looking.cancel()
    await travel.close()
    if keeper is not None:
        await keeper.close()
    kept.close()
    limits.close()
    services.commands.close()
    services.reads.close()


if __name__ == "__main__":
    run(ApiSettings, serve)
