"""What is said about one ticket: the customer's words, the expert's, and again the customer's."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from models.actor import Actor, Role
from models.calendar import Window
from models.catalogue.catalogue import load
from models.event import Cause
from models.field import FactKind
from models.messages.matching import Propose
from models.messages.ticket import ConfirmTicket, OpenTicket
from models.messages.visit import ReportVisit
from models.ticket import Channel, Urgency
from temporal.sealing import IntakeKeyring
from tests.town import GOOD_DAY

FRIDGE = "mod_bosch-kgn39vleb"
WORDS = "The fridge hums, and since Sunday it does not cool any more. The light works."


def _pairs() -> list[tuple[str, str]]:
    """For each expert who mends fridges a customer of the same zone whose plan covers one."""
    reference = load()
    covered = {
        c.zone: c.id
        for c in reference.customers
        if any(s.status == "ACTIVE" for s in c.subscriptions)
    }
    return [(covered[e.zone], e.id) for e in reference.experts if "refrigeration" in e.skills]


PAIRS = _pairs()


@dataclass
class Script:
    """What is said about one ticket. No two tickets of a run want one expert at one time."""

    number: int
    keyring: IntakeKeyring
    id: str = field(default_factory=lambda: f"tkt_{uuid.uuid4()}")

    def opened(self) -> OpenTicket:
        """The customer files it."""
        customer, now = self._pair[0], datetime.now(UTC)
        words = {"description": WORDS, "model_text": None}
        return OpenTicket(
            ticket_id=self.id,
            customer_id=customer,
            by=self._by(Role.CUSTOMER, customer),
            channel=Channel.WEB,
            urgency=Urgency.NORMAL,
            opened_at=now,
            slots=(self._window(8),),
            model_id=FRIDGE,
            category=None,
            model_text_given=False,
            sealed=self.keyring.seal(words, self.id, now),
            fingerprint=uuid.uuid4().hex,
        )

    def proposal(self, visit_id: str) -> Propose:
        """An expert offers to make the visit."""
        return Propose(
            proposal_id=f"prp_{uuid.uuid4()}",
            visit_id=visit_id,
            expert_id=self._pair[1],
            windows=(self._window(8 + 3 * (self.number // len(PAIRS) // 50 % 4)),),
            by=self._by(Role.EXPERT, self._pair[1]),
        )

    def reports(self, visit_id: str) -> Iterator[ReportVisit]:
        """The expert reports from the field."""
        for kind in GOOD_DAY:
            yield ReportVisit(
                visit_id=visit_id,
                kind=kind,
                expert_id=self._pair[1],
                occurred_at=datetime.now(UTC),
                client_event_id=str(uuid.uuid4()),
                by=self._by(Role.EXPERT, self._pair[1]),
                report_id=f"rep_{uuid.uuid4()}" if kind is FactKind.COMPLETED else None,
            )

    def confirmation(self) -> ConfirmTicket:
        """The customer is content."""
        return ConfirmTicket(by=self._by(Role.CUSTOMER, self._pair[0]))

    @property
    def _pair(self) -> tuple[str, str]:
        return PAIRS[self.number % len(PAIRS)]

    def _window(self, hour: int) -> Window:
        day = 2 + self.number // len(PAIRS) % 50
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + timedelta(days=day)
        return Window(start=start + timedelta(hours=hour), end=start + timedelta(hours=20))

    @staticmethod
    def _by(role: Role, who: str) -> Cause:
        return Cause(actor=Actor(role=role, id=who), command_id=uuid.uuid4().hex)
