"""What a relay counts, as Prometheus reads it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from activities.message.tally import Tally
from models.db.engine import Database
from models.db.message.due import waiting_since


class RelayCollector(Collector):
    """The tally of a relay, and how late it is.

    Args:
        tally: what it has done.
        late: seconds by which the oldest due is late; None while nobody can tell.
    """

    def __init__(self, tally: Tally, late: Callable[[], float | None]) -> None:
        self._tally = tally
        self._late = late

    def collect(self) -> Iterator[Metric]:
        """See base class."""
        yield CounterMetricFamily("relay_rounds", "Rounds of delivering.", value=self._tally.rounds)
        tries = CounterMetricFamily(
            "relay_deliveries", "Tries by how they ended.", labels=["channel", "ending"]
        )
        for (channel, ending), count in self._tally.endings.copy().items():
            tries.add_metric([channel, ending], count)
        yield tries
        yield CounterMetricFamily(
            "relay_unreachable",
            "Notifications to people without any address.",
            value=self._tally.unreachable,
        )
        if (late := self._late()) is not None:
            yield GaugeMetricFamily(
                "relay_oldest_due_seconds",
                "How long the oldest waits that could be told already, whichever relay tells it.",
                value=late,
            )


def lateness(database: Database) -> float | None:
    """Seconds by which the oldest due is late; None while the database does not answer."""
    try:
        since = waiting_since(database)
    except Exception as error:
        if Database.is_outage(error):
            return None
        raise
    return 0.0 if since is None else max(0.0, (datetime.now(UTC) - since).total_seconds())
