"""Offered times as a page names them: their day once, and which of them is the one agreed."""

from datetime import UTC, datetime, timedelta

from api.web.link.choosing import choices
from models.calendar import Window
from models.db.ticket.linked import LinkedTicket, LinkedVisit
from models.matching.offer import OfferedTimes, OfferedVisit, SlotOffer
from models.ticket import TicketStatus
from models.visit import VisitState

AGREED = datetime(2026, 12, 7, 22, 15, tzinfo=UTC)
LENGTH, HOUR = timedelta(minutes=90), timedelta(hours=1)


def test_a_day_is_named_once_and_the_agreed_time_is_marked() -> None:
    visit = LinkedVisit(
        id="vis_1",
        seq=1,
        state=VisitState.SCHEDULED,
        minutes=90,
        start_at=AGREED,
        end_at=AGREED + LENGTH,
        slots=None,
    )
    ticket = LinkedTicket(
        id="tkt_1",
        number=1,
        status=TicketStatus.SCHEDULED,
        customer_id="cus_1",
        slots=(),
        tz="Europe/Berlin",
        city="Berlin",
        locale="de",
        visits=(visit,),
    )
    starts = [AGREED, AGREED + HOUR, AGREED + 2 * HOUR, AGREED + 3 * HOUR]
    options = tuple(
        OfferedTimes(
            visits=(OfferedVisit(visit_id="vis_1", window=Window(start=s, end=s + LENGTH)),)
        )
        for s in starts
    )
    offer = SlotOffer(id="off_1", options=options, expires_at=AGREED, gone=(2,))
    seen = [
        (day.name, [(c.number, c.when, c.is_agreed) for c in day.choices])
        for day in choices(ticket, offer, visit)
    ]
    assert seen == [
        ("Montag, 7. Dezember 2026", [(0, "23:15-00:45", True)]),
        ("Dienstag, 8. Dezember 2026", [(1, "00:15-01:45", False), (3, "02:15-03:45", False)]),
    ]
