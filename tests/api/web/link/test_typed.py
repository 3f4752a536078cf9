"""Times as people type them into a page."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from api.web.link.typed import EMPTY, Row, windows_of
from api.web.link.wrong import marked
from models.calendar import Window
from models.db.ticket.linked import LinkedTicket
from models.errors import Invalid
from models.ticket import TicketStatus
from tests.models.rules.stories import refused

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = Row("2026-12-08", "09:00", "12:00")
NONE = Row()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TICKET = LinkedTicket(
    id="tkt_1",
    number=1,
    status=TicketStatus.MATCHING,
    customer_id="cus_1",
    slots=(),
    tz="Europe/Berlin",
    city="Berlin",
    locale="de",
    visits=(),
)


def test_a_day_and_two_hours_are_those_of_the_place() -> None:
    assert windows_of((NONE, GOOD, NONE), BERLIN) == (
        Window(
            start=datetime(2026, 12, 8, 8, tzinfo=UTC), end=datetime(2026, 12, 8, 11, tzinfo=UTC)
        ),
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (Row("2026-12-08", "09:00", ""), "row-incomplete"),
        (Row("", "09:00", "10:00"), "row-incomplete"),
        (Row("2026-12-08", "", "10:00"), "row-incomplete"),
        (Row("8.12.2026", "09:00", "10:00"), "row-unreadable"),
        (Row("2026-12-08", "9 am", "10:00"), "row-unreadable"),
        (Row("2026-12-08", "09:00", "10:00+01:00"), "row-unreadable"),
        (Row("2026-12-08", "09:00Z", "10:00"), "row-unreadable"),
        (Row("0001-01-01", "00:00", "00:15"), "row-unreadable"),
        (Row("9999-12-31", "09:00", "10:00"), "row-unreadable"),
        (Row("2026-12-08", "10:00", "10:00"), "slot-backwards"),
        (Row("2026-12-08", "10:00", "09:00"), "slot-backwards"),
        (Row("2027-03-28", "02:30", "05:00"), "nonexistent-local-time"),
        (Row("2026-10-25", "01:00", "02:30"), "ambiguous-local-time"),
    ],
)
def test_what_is_wrong_is_said_of_the_row_in_which_it_stands(row: Row, code: str) -> None:
    rows = (GOOD, NONE, row)
    kind, said, field, _ = refused(lambda: windows_of(rows, BERLIN))
    assert (kind, said, field) == (Invalid, code, "/slots/1")
    assert [
        r.wrong for r in marked(rows, Invalid(code, "No.", field=field), TICKET, None, NOW)
    ] == ["", "", code]


def test_one_time_at_least_is_named() -> None:
    assert refused(lambda: windows_of(EMPTY, BERLIN))[1:3] == ("rows-empty", "/slots/0")
    at_first = marked(EMPTY, Invalid("rows-empty", "No.", field="/slots/0"), TICKET, None, NOW)
    assert [r.wrong for r in at_first] == ["rows-empty", "", "", "", ""]


def test_the_blame_of_a_rule_finds_its_row_and_that_of_none_finds_none() -> None:
    rows = (NONE, GOOD, NONE, GOOD)
    blamed = marked(
        rows, Invalid("slot-in-the-past", "No.", field="/slots/1/start"), TICKET, None, NOW
    )
    assert [r.wrong for r in blamed] == ["", "", "", "slot-in-the-past"]
    assert marked(rows, Invalid("too-many-slots", "No.", field="/slots"), TICKET, None, NOW) == rows
    assert marked(rows, Invalid("offer-empty", "No.", field=None), TICKET, None, NOW) == rows
    beyond = marked(rows, Invalid("slot-too-short", "No.", field="/slots/7"), TICKET, None, NOW)
    assert [r.wrong for r in beyond] == ["", "", "", "slot-too-short"]
