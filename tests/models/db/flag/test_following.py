"""Whoever follows flags hears of each change, and of nothing while the database is away."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from structlog.testing import capture_logs

from models.actor import Actor, Role
from models.db.engine import Database
from models.db.flag.following import following
from models.db.flag.reads import FlagReads
from models.db.flag.writes import FlagRepository
from models.flag import Rollout
from temporal.flags import Flags
from tests.databases import database_of_its_own, outage
from tests.until import awaited

ADMIN = Actor(role=Role.ADMIN, id="usr_admin")
MOST = 2.0
"""Seconds from a change until every process goes by it."""


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    """A house in which no flag was ever switched."""
    with database_of_its_own(postgres_url) as url:
        yield url


def switch(url: str, on: bool, key: str = "start_code") -> None:
    database = Database(url, pool_size=1)
    with database.unit_of_work() as session:
        flags = FlagRepository(session)
        by, now = ADMIN, datetime.now(UTC)
        flags.change(flags.locked(key), Rollout(on=on), "It is time.", by, now)
    database.close()


def seconds_until(flags: Flags, on: bool) -> float:
    began = monotonic()
    awaited(lambda: flags.is_on("start_code") is on, f"start_code to be {on}")
    return monotonic() - began


def test_what_was_switched_before_is_known_from_the_start(url: str) -> None:
    switch(url, True)
    flags = Flags()
    with following(url, flags.take):
        assert flags.is_on("start_code")


def test_everybody_goes_by_a_change_within_two_seconds(url: str) -> None:
    houses = [Flags() for _ in range(3)]
    with ExitStack() as block:
        for flags in houses:
            block.enter_context(following(url, flags.take))
        for on in (True, False, True):
            switch(url, on)
            assert sum(seconds_until(flags, on) for flags in houses) < MOST


def test_a_change_that_rang_no_bell_is_seen_all_the_same(url: str) -> None:
    flags = Flags()
    with following(url, flags.take):
        switch(url, True)
        seconds_until(flags, True)
        with psycopg.connect(url) as somebody:
            somebody.execute("""update flags set rollout = '{"on": false}'""")
        assert seconds_until(flags, False) < MOST


def test_while_postgres_is_away_the_last_known_flags_hold_also_after_a_restart(
    url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "flags.json"
    flags = Flags(copy)
    with following(url, flags.take):
        switch(url, True)
        seconds_until(flags, True)
        with outage(url):
            with capture_logs() as logs:
                awaited(lambda: "flags_not_heard" in [e["event"] for e in logs], "the outage")
            assert flags.is_on("start_code")
            again, forgetful = Flags(copy), Flags()
            with following(url, again.take), following(url, forgetful.take):
                assert again.is_on("start_code")
                assert not forgetful.is_on("start_code"), "the default"
        switch(url, False)
        seconds_until(flags, False)


def test_an_outage_is_told_once(url: str) -> None:
    flags = Flags()
    with following(url, flags.take), capture_logs() as logs, outage(url):
        awaited(lambda: logs, "the outage")
        looked = Looks()
        with following(url, looked.take):
            pass
    deaf = [entry for entry in logs if entry["event"] == "flags_not_heard"]
    assert len(deaf) == 2, "once by each"


class Looks:
    """Somebody who is told."""

    def __init__(self) -> None:
        self.told = 0

    def take(self, _: object) -> None:
        self.told += 1


def test_whoever_follows_no_more_is_told_nothing_more(url: str) -> None:
    looks, flags = Looks(), Flags()
    with following(url, looks.take):
        awaited(lambda: looks.told > 1, "another look")
    before = looks.told
    with following(url, flags.take):
        switch(url, True)
        seconds_until(flags, True)
    assert looks.told == before


def test_changes_are_numbered_and_say_what_was(url: str) -> None:
    for on in (True, False):
        switch(url, on)
    switch(url, True, "fee_raise")
    database = Database(url, pool_size=1)
    with database.reading() as session:
        flags = FlagReads(session)
        last, first = flags.history("start_code", None, 10)
        assert (first.version, first.was.on, first.now.on) == (1, False, True)
        assert (last.version, last.was.on, last.now.on) == (2, True, False)
        assert (last.by_role, last.by_id, last.reason) == (Role.ADMIN, "usr_admin", "It is time.")
        assert flags.history("start_code", 2, 10) == [first]
        keys = ["maps.primary", "start_code", "fee_raise"]
        stands = flags.standings(keys)
        assert [(s.key, s.version, s.rollout.on) for s in stands] == [
            ("maps.primary", 0, True),
            ("start_code", 2, False),
            ("fee_raise", 1, True),
        ]
        assert {key: said.on for key, said in flags.rollouts().items()} == {
            "start_code": False,
            "fee_raise": True,
        }
    database.close()
