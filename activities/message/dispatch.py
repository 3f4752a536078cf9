"""What becomes of a delivery, written down: sent, tried again, passed on, or given up."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from activities.gateways.message import (
    DeliveryUncertain,
    FailureCode,
    GatewayError,
    GatewayUnavailable,
    Receipt,
)
from activities.message.letters import recipient_of
from activities.message.office import Office
from activities.message.tally import Ending, Tally
from models.db.engine import Database
from models.db.message.due import Due, KnownTry
from models.db.message.outcomes import Outcome, delivery_id, write_outcomes
from models.message.notification import (
    DeliveryState,
    MessageChannel,
    NotificationState,
    Suppression,
)
from models.rules.message.fallback import AT_ONCE, NextTry, Tried, next_try

MAY_PASS = {
    None,
    FailureCode.PROVIDER_UNAVAILABLE,
    FailureCode.PROVIDER_RATE_LIMITED,
    FailureCode.DELIVERY_UNCERTAIN,
    FailureCode.CHANNEL_SWITCHED_OFF,
}
"""What a channel may say and still be asked again; everything else is a refusal for good."""

LEASE = timedelta(seconds=60)
"""A relay that died over a message leaves it to another after this long. Longer than Twilio can
keep us waiting for an answer to a search and a message; mail that comes twice is shown once."""

UNWRITABLE = "letter-unwritable"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed; or that it was not made, and then how often the channel was tried
    before, because the lease has counted one more. `stopped` is the address from which the
    recipient answered STOP."""

    error: str
    attempts: int
    uncertain: bool
    provider: str | None = None
    asked_to_wait: timedelta = AT_ONCE
    stopped: str | None = None


@dataclass(slots=True)
class Dispatch:
    """The outcomes of a round on their way into the rows, all in one statement."""

    database: Database
    office: Office
    now: datetime
    tally: Tally = field(default_factory=Tally)
    _sent: list[tuple[Due, Outcome]] = field(default_factory=list)
    _failed: dict[str, tuple[Due, Outcome]] = field(default_factory=dict)

    def answered(
        self, due: Due, answer: Receipt | GatewayError, *, asked_first: bool, is_down: bool
    ) -> None:
        """Take note of what a provider said."""
        if isinstance(answer, Receipt):
            self._sent.append((due, _sent(due, answer)))
            return
        unavailable = isinstance(answer, GatewayUnavailable)
        wait = answer.retry_after if isinstance(answer, GatewayUnavailable) else None
        failure = Failure(
            error=answer.code,
            attempts=due.attempt,
            provider=answer.provider,
            uncertain=isinstance(answer, DeliveryUncertain) or (asked_first and unavailable),
            asked_to_wait=timedelta(seconds=wait or 0),
            stopped=self._stopped(due, answer),
        )
        self._goes_on(due, failure, is_down)

    def passed_over(self, due: Due) -> None:
        """Do without a provider that is down, and without asking it."""
        error = due.error or FailureCode.PROVIDER_UNAVAILABLE
        failure = Failure(error, due.attempts, due.uncertain)
        self._goes_on(due, failure, is_down=True)

    def switched_off(self, due: Due) -> None:
        """Do without a channel that the company has switched off; it may be on again later."""
        failure = Failure(FailureCode.CHANNEL_SWITCHED_OFF, due.attempts, due.uncertain)
        self._goes_on(due, failure, is_down=True)

    def suppressed(self, due: Due, why: Suppression) -> None:
        """Leave untold what is no news any more. What was tried before may have been told."""
        outcome = Outcome(
            id=due.delivery_id,
            attempt=due.attempt,
            state=DeliveryState.SUPPRESSED,
            told=NotificationState.SUPPRESSED,
            error=why,
            uncertain=due.uncertain,
            attempts=due.attempts,
        )
        self._failure(due, outcome)

    def kept_quiet(self, due: Due, until: datetime) -> None:
        """Let it wait for the end of its reader's quiet hours."""
        outcome = Outcome(
            id=due.delivery_id,
            attempt=due.attempt,
            state=DeliveryState.QUEUED,
            error=due.error,
            uncertain=due.uncertain,
            attempts=due.attempts,
            due_at=until,
            quiet_until=until,
        )
        self._failure(due, outcome)

    def stopped(self, due: Due) -> None:
        """Do without a channel over which the recipient answered STOP, and without asking it."""
        failure = Failure(FailureCode.RECIPIENT_OPTED_OUT, due.attempts, due.uncertain)
        self._goes_on(due, failure, is_down=False)

    def unwritable(self, due: Due) -> None:
        """Give up a letter that cannot be written, lest it keep back all the others."""
        failure = Failure(UNWRITABLE, due.attempts, due.uncertain)
        self._failure(due, _given_up(due, failure))
        log.exception("letter_unwritable", **_about(due, due.attempts))

    def write_down(self) -> None:
        """Write all of it down, or raise and have written nothing.

        An answer that comes after its lease was taken over counts only if it is good news; one
        about a notification that was erased meanwhile, not at all.
        """
        sent = {due.notification_id for due, _ in self._sent}
        failed = [news for told, news in self._failed.items() if told not in sent]
        if not self._sent and not failed:
            return
        news = [*self._sent, *failed]
        moved = write_outcomes(self.database, [outcome for _, outcome in news], self.now)
        for due, outcome in news:
            if outcome.id in moved:
                self.tally.endings[due.channel, _ending(outcome)] += 1
                _tell(due, outcome)

    def _stopped(self, due: Due, answer: GatewayError) -> str | None:
        is_stop = answer.code is FailureCode.RECIPIENT_OPTED_OUT
        return recipient_of(due, self.office).addresses.get(due.channel) if is_stop else None

    def _goes_on(self, due: Due, failure: Failure, is_down: bool) -> None:
        step = next_try(
            [_tried(t, due, failure) for t in due.tries],
            due.channel,
            list(recipient_of(due, self.office).addresses),
            age=self.now - due.created_at,
            asked_to_wait=failure.asked_to_wait,
            is_down=is_down,
        )
        if step is None:
            outcome = _given_up(due, failure)
        elif step.channel == due.channel:
            outcome = _outcome(due, failure, DeliveryState.QUEUED, due_at=self.now + step.wait)
        else:
            outcome = _passed_on(due, failure, step, self.now)
        self._failure(due, outcome)

    def _failure(self, due: Due, outcome: Outcome) -> None:
        """Keep one of each notification, of whoever holds the lease. There are more only where it
        was begun anew meanwhile; what is not written down of them, their leases bring back."""
        known = self._failed.get(due.notification_id)
        if known is None or known[1].attempt < outcome.attempt:
            self._failed[due.notification_id] = due, outcome


def _sent(due: Due, receipt: Receipt) -> Outcome:
    return Outcome(
        id=due.delivery_id,
        attempt=due.attempt,
        state=DeliveryState.SENT,
        told=NotificationState.SENT,
        error=None,
        uncertain=False,
        provider=receipt.provider,
        provider_ref=receipt.provider_ref,
    )


def _given_up(due: Due, failure: Failure) -> Outcome:
    return _outcome(due, failure, DeliveryState.FAILED, told=NotificationState.UNDELIVERABLE)


def _passed_on(due: Due, failure: Failure, step: NextTry, now: datetime) -> Outcome:
    last = due.tries[-1]
    known = next((t for t in due.tries if t.channel == step.channel), None)
    hop = known.hop if known else last.hop + 1
    return _outcome(
        due,
        failure,
        DeliveryState.FAILED,
        next_id=delivery_id(due.notification_id, hop),
        next_hop=hop,
        next_after=last.delivery_id,
        next_channel=step.channel,
        next_at=now + step.wait,
    )


def _outcome(due: Due, failure: Failure, state: DeliveryState, **more: Any) -> Outcome:
    return Outcome(
        id=due.delivery_id,
        attempt=due.attempt,
        state=state,
        error=failure.error,
        uncertain=failure.uncertain,
        attempts=failure.attempts,
        provider=failure.provider,
        stopped=failure.stopped,
        **more,
    )


def _tried(known: KnownTry, due: Due, failure: Failure) -> Tried:
    is_ours = known.delivery_id == due.delivery_id
    return Tried(
        channel=MessageChannel(known.channel),
        attempts=failure.attempts if is_ours else known.attempts,
        refused=(failure.error if is_ours else known.error) not in MAY_PASS,
    )


def _tell(due: Due, outcome: Outcome) -> None:
    if outcome.error == UNWRITABLE:
        return
    attempt = due.attempt if outcome.attempts is None else outcome.attempts
    about = _about(due, attempt)
    match _ending(outcome):
        case Ending.SENT:
            log.info("notification_sent", **about)
        case Ending.SUPPRESSED:
            log.info("notification_suppressed", why=outcome.error, **about)
        case Ending.UNDELIVERABLE:
            log.error("notification_undeliverable", error=outcome.error, **about)
        case Ending.PASSED_ON:
            log.warning(
                "notification_passed_on",
                to_channel=outcome.next_channel,
                error=outcome.error,
                **about,
            )
        case Ending.WAITS:
            log.info("notification_waits", error=outcome.error, **about)


def _ending(outcome: Outcome) -> Ending:
    match outcome.state:
        case DeliveryState.SENT:
            return Ending.SENT
        case DeliveryState.SUPPRESSED:
            return Ending.SUPPRESSED
    if outcome.told is NotificationState.UNDELIVERABLE:
        return Ending.UNDELIVERABLE
    return Ending.WAITS if outcome.next_id is None else Ending.PASSED_ON


def _about(due: Due, attempt: int) -> dict[str, object]:
    return {
        f"{due.subject.kind}_id": due.subject.id,
        "notification_id": due.notification_id,
        "template": due.template,
        "channel": due.channel,
        "hop": due.hop,
        "attempt": attempt,
    }
