"""Delivering notifications: channel after channel, until one accepts or none is left.

Intents are written with the event they tell of; from there this relay takes them. It runs in a
process of its own and not in the tickets' workflows: courtesy may not stop truth, and one relay
serves every ticket. Several may run at once. It works in sets: one statement leases what is due and
reads what its letters name, the calls are made, one statement writes down how they ended. No
transaction is open meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime

import structlog

from activities.gateways.message import MessageGateway, OutgoingMessage
from activities.message.arrivals import Arrivals
from activities.message.dispatch import LEASE, Dispatch
from activities.message.lane import Answer, Call, Lane
from activities.message.letters import LetterUnwritable, letter, recipient_of
from activities.message.news import to_tell
from activities.message.office import Office
from activities.message.tally import Tally
from activities.message.texts import settles
from models.db.engine import Database
from models.db.message.due import Due, Untold, claim, next_due, untold
from models.db.message.outcomes import FirstTry, begin
from models.db.status.bulletin import Bulletin, process_name
from models.message.notification import MessageChannel, Suppression
from models.status import RELAY

BEGUN_AT_ONCE = 200
GLANCE = 0.2
"""Seconds between two looks at the database while a provider keeps us waiting."""

MOMENT = 0.1
"""Seconds in which quick answers come, to be written down together."""

LAST_WORDS = 4.0
"""Seconds for the calls under way when we are to stop; what takes longer, its lease brings back."""

log = structlog.get_logger()


class Delivery:
    """The relay from intents to gateways. For one thread; the providers are called by others. A
    channel that is not on is not called; it is asked of each message anew."""

    def __init__(
        self,
        database: Database,
        gateways: Mapping[MessageChannel, MessageGateway],
        office: Office,
        clock: Callable[[], datetime],
        arrivals: Arrivals | None = None,
        is_on: Callable[[MessageChannel], bool] = lambda _: True,
    ) -> None:
        self._database = database
        self._lanes = {channel: Lane(channel, gateways[channel]) for channel in MessageChannel}
        self._office = office
        self._clock = clock
        self._arrivals = arrivals or Arrivals(database)
        self._is_on = is_on
        self.tally = Tally()
        self.bulletin = Bulletin(process_name(RELAY), clock)
        for channel, lane in self._lanes.items():
            self.bulletin.watch(f"messages.{channel}", lane.seen)
        self._calls: dict[Future[Answer], tuple[Call, Due]] = {}

    def take_up(self) -> None:
        """Choose the first channel of new intents, and let those settle that may be overtaken."""
        now = self._clock()
        tries: list[FirstTry] = []
        nobody: list[Untold] = []
        for news in untold(self._database, now, BEGUN_AT_ONCE):
            self._arrivals.seek(news.notification_id, news.template)
            if reach := recipient_of(news, self._office).addresses:
                due_at = max(now, news.created_at + settles(news.template))
                tries.append(FirstTry(news.notification_id, next(iter(reach)), due_at))
            else:
                nobody.append(news)
        if not tries and not nobody:
            return
        unreachable = [news.notification_id for news in nobody]
        given_up = begin(self._database, tries, unreachable)
        for news in nobody:
            self._arrivals.expected(news.notification_id, news.template)
            if news.notification_id in given_up:
                self.tally.unreachable += 1
                about: dict[str, object] = {f"{news.subject.kind}_id": news.subject.id}
                log.error(
                    "notification_undeliverable",
                    notification_id=news.notification_id,
                    template=news.template,
                    **about,
                )

    def tell(self) -> None:
        """Say how the channels do, after asking those again that were down and have nothing to
        send; and ask those that the house holds to be away while this relay does not know."""
        now = self._clock()
        for lane in self._lanes.values():
            lane.look_again(now)
        self.bulletin.tell(self._database)
        for channel, lane in self._lanes.items():
            if f"messages.{channel}" in self.bulletin.doubted:
                lane.look_again(now, is_doubted=True)

    def deliver_due(self) -> int:
        """One round: write down what the providers answered, hand them what is due, and wait a
        moment. Answers how much is under way; nothing, and there is nothing to do at present."""
        self.tally.rounds += 1
        self._write_down()
        handed = self._hand_over()
        if self._calls and not wait(self._calls, timeout=MOMENT).done:
            wait(self._calls, timeout=GLANCE, return_when=FIRST_COMPLETED)
        return handed + len(self._calls)

    def pause(self, longest: float) -> float:
        """Seconds until something is due, at most `longest`, or a glance while a provider is asked
        whether it is there."""
        if any(lane.is_checking for lane in self._lanes.values()):
            longest = min(longest, GLANCE)
        due = next_due(self._database)
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
        now = self._clock()
        rooms = {channel: lane.room for channel, lane in self._lanes.items()}
        dues = claim(self._database, rooms, now, now + LEASE)
        uncalled = self._dispatch(now)
        for due in dues:
            if message := self._message(due, uncalled):
                call = _call(due, message)
                self._calls[self._lanes[due.channel].begin(call)] = call, due
        uncalled.write_down()
        return len(dues)

    def _message(self, due: Due, uncalled: Dispatch) -> OutgoingMessage | None:
        """What to hand over now, if anything is; else what becomes of the delivery is noted."""
        now = uncalled.now
        facts = self._arrivals.expected(due.notification_id, due.template)
        due = due._replace(facts=facts or due.facts)
        try:
            news = to_tell(due, now)
            if isinstance(news, Suppression):
                uncalled.suppressed(due, news)
            elif isinstance(news, datetime):
                uncalled.kept_quiet(due, news)
            elif due.channel in recipient_of(due, self._office).stopped:
                uncalled.stopped(due)
            elif not self._is_on(due.channel):
                uncalled.switched_off(due)
            elif not self._lanes[due.channel].lets_through(now):
                uncalled.passed_over(due)
            else:
                return letter(news, self._office)
        except (LetterUnwritable, LookupError, ValueError):
            uncalled.unwritable(due)
        return None

    def _write_down(self) -> None:
        ended = [future for future in self._calls if future.done()]
        if not ended:
            return
        dispatch = self._dispatch(self._clock())
        for future in ended:
            call, due = self._calls[future]
            if (answer := future.result()) is not None:
                is_down = self._lanes[call.channel].is_down
                dispatch.answered(due, answer, asked_first=call.ask_first, is_down=is_down)
        try:
            dispatch.write_down()
        except Exception as error:
            if not self._database.is_outage(error):
                self._forget(ended)
            raise
        self._forget(ended)

    def _dispatch(self, now: datetime) -> Dispatch:
        return Dispatch(self._database, self._office, now, self.tally)

    def _forget(self, ended: Iterable[Future[Answer]]) -> None:
        """What is written down is done with. What could not be, for a bug, its lease brings back;
        only an outage of the database makes us remember."""
        for future in ended:
            call, _ = self._calls.pop(future)
            self._lanes[call.channel].heard(future.result(), self._clock())


def _call(due: Due, message: OutgoingMessage) -> Call:
    return Call(
        notification_id=due.notification_id,
        delivery_id=due.delivery_id,
        attempt=due.attempt,
        channel=due.channel,
        message=message,
        ask_first=due.uncertain,
    )
