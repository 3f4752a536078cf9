"""The line by which an expert is told of their work."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.message.gsm import ALPHABET
from models.rules.message.work_line import MOST, Work, line_of

START = datetime(2026, 12, 8, 13, 0, tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Berlin"))
WORK = Work(
    ticket=1042,
    visit=1,
    start=START,
    length=timedelta(minutes=90),
    skill="refrigeration",
    city="Berlin",
    ref="7KQ2",
)
READ = re.compile(
    r"SYSOPS T-(\d+)/(\d+) (\d{4}-\d\d-\d\d) (\d\d:\d\d) (\d+)m (\S+) (.+) ref (\w{4})"
)


def test_it_is_the_line_that_their_apps_know() -> None:
    line = "SYSOPS T-1042/1 2026-12-08 14:00 90m refrigeration Berlin ref 7KQ2"
    assert line_of(WORK) == line


@pytest.mark.parametrize(
    ("city", "told"),
    [
        ("Łódź", "Lodz"),
        ("München", "München"),
        ("Frankfurt am Main", "Frankfurt am Main"),
        ("  ", "-"),
        ("", "-"),
        (None, "-"),
    ],
)
def test_the_city_is_told_as_an_sms_can_say_it(city: str | None, told: str) -> None:
    read = READ.fullmatch(line_of(WORK._replace(city=city)))
    assert read is not None
    assert read[7] == told


def test_a_city_is_cut_where_the_line_would_be_longer_than_one_sms() -> None:
    room = MOST - len(line_of(WORK._replace(city="x"))) + 1
    fits, cut = (line_of(WORK._replace(city="y" * (room + more))) for more in (0, 1))
    assert fits == cut
    assert len(fits) == MOST == 150
    assert "y" * room in fits
    assert len(line_of(WORK._replace(city="y" * (room - 1)))) == MOST - 1


def test_no_blank_is_left_where_a_city_is_cut() -> None:
    room = MOST - len(line_of(WORK._replace(city="x"))) + 1
    assert line_of(WORK._replace(city="y" * (room - 1) + " z")).endswith("y ref 7KQ2")


def test_a_skill_is_cut_at_sixty_signs() -> None:
    read = READ.fullmatch(line_of(WORK._replace(skill="s" * 61)))
    assert read is not None
    assert read[6] == "s" * 60


@settings(deadline=None)
@given(
    st.integers(1, 2**63 - 1),
    st.integers(1, 999),
    st.from_regex("[a-z0-9][a-z0-9_.-]{0,79}", fullmatch=True),
    st.text(),
)
def test_whatever_it_tells_it_is_one_line_of_one_sms(
    ticket: int, visit: int, skill: str, city: str
) -> None:
    line = line_of(WORK._replace(ticket=ticket, visit=visit, skill=skill, city=city))
    assert len(line) <= MOST
    assert set(line) <= ALPHABET
    assert READ.fullmatch(line)
