"""Delivering notifications: channel after channel, until one accepts or none is left.

Intents are written with the event they tell of; from there this relay takes them. It runs in a
process of its own and not in the tickets' workflows: courtesy may not stop truth, and one relay
serves every ticket. Several may run at once. No transaction is open while a provider is called: a
delivery is leased, the call is made, its outcome is written down.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime

import structlog

from activities.dispatch import Dispatch
from activities.gateways.message import MessageGateway
from activities.lane import Answer, Call, Lane
from activities.letters import LetterUnwritable, Office, letter, recipient_of
from models.db.engine import Database, Session
from models.db.repositories.notifications import NotificationRepository, Try, channels_due
from models.notification import MessageChannel, NotificationState

BEGUN_AT_ONCE = 200
GLANCE = 0.2
"""Seconds between two looks at the database while a provider keeps us waiting."""

MOMENT = 0.1
"""Seconds in which quick answers come, to be written down together."""

LAST_WORDS = 4.0
"""Seconds for the calls under way when we are to stop; what takes longer, its lease brings back."""

log = structlog.get_logger()


class Delivery:
    """The relay from intents to gateways. For one thread; the providers are called by others."""

    def __init__(
        self,
        database: Database,
        gateways: Mapping[MessageChannel, MessageGateway],
        office: Office,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._lanes = {channel: Lane(channel, gateways[channel]) for channel in MessageChannel}
        self._office = office
        self._clock = clock
        self._calls: dict[Future[Answer], Call] = {}

    def take_up(self) -> None:
        """Choose the first channel of new intents."""
        now = self._clock()
        with self._database.unit_of_work() as session:
            repository = NotificationRepository(session)
            begun = repository.untried(BEGUN_AT_ONCE)
            held = repository.read_ahead(begun)
            tries: list[Try] = []
            for notification in begun:
                reach = recipient_of(session, notification, self._office).addresses
                if reach:
                    tries.append(Try(notification.id, 1, next(iter(reach)), now))
                else:
                    notification.state = NotificationState.UNDELIVERABLE
                    log.error(
                        "notification_undeliverable",
                        ticket_id=notification.ticket_id,
                        notification_id=notification.id,
                        template=notification.template,
                    )
            repository.queue_tries(tries)
            held.clear()

    def deliver_due(self) -> int:
        """One round: write down what the providers answered, hand them what is due, and wait a
        moment. Answers how much that was; nothing, and there is nothing to do at present."""
        moved = self._write_down() + self._hand_over()
        if self._calls and not wait(self._calls, timeout=MOMENT).done:
            wait(self._calls, timeout=GLANCE, return_when=FIRST_COMPLETED)
        return moved + len(self._calls)

    def pause(self, longest: float) -> float:
        """Seconds until something is due, at most `longest`."""
        with self._database.unit_of_work() as session:
            due = NotificationRepository(session).next_due()
        if due is None:
            return longest
        return min(longest, max(0.05, (due - self._clock()).total_seconds()))

    def close(self) -> None:
        """Wait for the calls under way, as long as one may wait for that, and write them down."""
        wait(self._calls, timeout=LAST_WORDS)
        try:
            self._write_down()
        finally:
            for lane in self._lanes.values():
                lane.close()

    def _hand_over(self) -> int:
        """Lease what is due, as much as the lanes take, and call only then."""
        lanes = [
            self._lanes[MessageChannel(c)] for c in channels_due(self._database, self._clock())
        ]
        if not lanes:
            return 0
        with self._database.unit_of_work() as session, session.no_autoflush:
            leased = [c for lane in lanes for c in self._leased(session, lane)]
        calls = [call for call in leased if call is not None]
        for call in calls:
            self._calls[self._lanes[call.channel].begin(call)] = call
        return len(leased)

    def _leased(self, session: Session, lane: Lane) -> Iterable[Call | None]:
        """The calls of a lane; None for what is dealt with otherwise."""
        now = self._clock()
        dispatch, repository = Dispatch(session, self._office, now), NotificationRepository(session)
        dues = repository.due(lane.channel, lane.room, now)
        held = repository.read_ahead([d.notification for d in dues], [d.ticket for d in dues])
        for due in dues:
            if not lane.lets_through(now):
                dispatch.passed_over(due.delivery)
                yield None
                continue
            try:
                message = letter(session, due, self._office)
            except LetterUnwritable:
                dispatch.unwritable(due.delivery, due.notification)
                yield None
                continue
            yield dispatch.leased(due.delivery, message)
        held.clear()

    def _write_down(self) -> int:
        ended = [future for future in self._calls if future.done()]
        if not ended:
            return 0
        answered = [(self._calls[f], a) for f in ended if (a := f.result()) is not None]
        try:
            with self._database.unit_of_work() as session, session.no_autoflush:
                Dispatch(session, self._office, self._clock()).record(
                    answered, down={c for c, lane in self._lanes.items() if lane.is_down}
                )
        except Exception as error:
            if not self._database.is_outage(error):
                self._forget(ended)
            raise
        self._forget(ended)
        return len(ended)

    def _forget(self, ended: Iterable[Future[Answer]]) -> None:
        """What is written down is done with. What could not be, for a bug, its lease brings back;
        only an outage of the database makes us remember."""
        for future in ended:
            lane = self._lanes[self._calls.pop(future).channel]
            lane.heard(future.result(), self._clock())
