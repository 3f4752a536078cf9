"""Keeping people: what is written about them is what is read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models.calendar import Stretch, Window
from models.catalogue.catalogue import load
from models.db.engine import Database
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import Contact, PeopleReads
from models.db.people.writes import CustomerRepository, ExpertRepository
from models.geography import Spot, great_circle_km
from models.message.notification import MessageChannel, Stop
from models.people.customer import Customer
from models.people.diary import TimeOff
from models.people.expert import ExpertStatus
from tests.databases import database_of_its_own

ANN = load().experts[0]
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SAM = Customer(
    id="cus_sam",
    name="Sam Roe",
    zone="berlin",
    street="Feldweg 3",
    city="Berlin",
    region="",
    postcode="10999",
    country="DE",
    place=Spot(lat=52.5, lng=13.4),
    tz="Europe/Berlin",
    locale="en-GB",
    phone="+4930901820001",
    email="sam@example.org",
    channels=("sms", "email"),
)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=1)
        yield opened
        opened.close()


def test_an_expert_is_read_by_name_with_their_skills(database: Database) -> None:
    with database.unit_of_work() as session:
        file = PeopleReads(session).expert_file(ANN.id)
        assert PeopleReads(session).expert_file("exp_nobody") is None
    assert file is not None
    assert (file.name, file.tz, file.zone) == (ANN.name, ANN.tz, ANN.zone)
    assert {skill.code: skill.level for skill in file.skills} == dict(ANN.skills)


@pytest.mark.parametrize("address", [ANN.phone, ANN.email])
def test_an_experts_file_says_stop_only_where_the_channels_own_address_said_so(
    database: Database, address: str
) -> None:
    said = {"sms": {"address": address, "since": NOON.isoformat()}}
    with database.unit_of_work() as session:
        session.connection().exec_driver_sql(
            "update experts set opted_out = %(said)s::jsonb where id = %(id)s",
            {"said": json.dumps(said), "id": ANN.id},
        )
    with database.reading() as opened:
        file = PeopleReads(opened).expert_file(ANN.id)
    assert file is not None
    stopped = (Stop(channel=MessageChannel.SMS, since=NOON),) if address == ANN.phone else ()
    assert file.opted_out == stopped


def test_whoever_is_gone_cannot_be_reached(database: Database) -> None:
    with database.unit_of_work() as session:
        reached = PeopleReads(session).contacts([ANN.id, "exp_nobody"])
    assert reached == {ANN.id: Contact(ANN.name, ANN.phone, ANN.email)}


def test_a_customers_file_takes_the_place_of_the_one_before(database: Database) -> None:
    moved = SAM.but(street="Am Ufer 1", place=Spot(lat=52.4, lng=13.1), channels=("email",))
    with database.unit_of_work() as session:
        CustomerRepository(session).keep(SAM)
        assert PeopleReads(session).customer(SAM.id) == SAM
    with database.unit_of_work() as session:
        CustomerRepository(session).keep(moved)
    with database.unit_of_work() as session:
        assert PeopleReads(session).customer(SAM.id) == moved


def test_what_changes_about_an_expert_makes_bookings_look_again(database: Database) -> None:
    with database.unit_of_work() as session:
        [before] = CalendarRepository(session).diaries([ANN.id], NOON)
        ExpertRepository(session).moved(ANN.id)
        ExpertRepository(session).set_standing(ANN.id, ExpertStatus.SUSPENDED)
        [after] = CalendarRepository(session).diaries([ANN.id], NOON)
    assert after.version == before.version + 1
    assert not after.expert.status.may_work


def test_time_off_is_kept_once_and_given_back_once(database: Database) -> None:
    off = TimeOff(id="off_1", window=Window(start=NOON, end=NOON + timedelta(days=1)))
    day, later = (
        Window(start=start, end=start + timedelta(hours=1))
        for start in (NOON, NOON + timedelta(days=1))
    )
    with database.unit_of_work() as session:
        experts, calendar = ExpertRepository(session), CalendarRepository(session)
        experts.add_time_off(ANN.id, off)
        experts.add_time_off(ANN.id, off)
        assert calendar.time_off(ANN.id, day) == [off]
        assert calendar.time_off(ANN.id, later) == []
        assert experts.drop_time_off(ANN.id, off.id)
        assert not experts.drop_time_off(ANN.id, off.id)


def test_a_week_is_replaced_as_a_whole(database: Database) -> None:
    monday, friday = (Stretch(weekday=day, from_minute=480, to_minute=1020) for day in (0, 4))
    with database.unit_of_work() as session:
        ExpertRepository(session).set_week(ANN.id, [monday, friday])
        ExpertRepository(session).set_week(ANN.id, [friday])
        assert CalendarRepository(session).week(ANN.id) == (friday,)


@pytest.mark.parametrize("place", [Spot(lat=52.5, lng=13.4), Spot(lat=52.6, lng=13.0)])
def test_who_could_come_is_asked_nearest_first(database: Database, place: Spot) -> None:
    with database.reading() as session:
        who = PeopleReads(session).who_could_come(["refrigeration"], ANN.zone, place, NOON)
        homes = session.connection().exec_driver_sql("select id, lat, lng from experts")
        away = {i: great_circle_km(place, Spot(lat=lat, lng=lng)) for i, lat, lng in homes}
    assert len(who) > 1
    assert who == sorted(who, key=lambda expert: (away[expert], expert))
