"""Reference data that was loaded is read as the files have it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from models.actor import Actor, Role
from models.catalogue.catalogue import load
from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.reads import ReferenceReads
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.db.people.reads import PeopleReads
from models.db.people.writes import ExpertRepository
from models.events.people import ExpertSkillDropped
from tests.databases import database_of_its_own

FILES = load()


@pytest.fixture(scope="module")
def database(postgres_url: str) -> Iterator[Database]:
    with database_of_its_own(postgres_url) as url:
        opened = Database(url, pool_size=1)
        yield opened
        opened.close()


def test_what_was_loaded_is_read_as_it_stands_in_the_files(database: Database) -> None:
    with database.unit_of_work() as session:
        reads = ReferenceReads(session)
        assert {s.code: s for s in reads.skills()} == {s.code: s for s in FILES.skills}
        assert {c.code: c for c in reads.categories()} == {c.code: c for c in FILES.categories}
        assert {p.id: p for p in reads.plans()} == {p.id: p for p in FILES.plans}
        assert {m.id: m for m in reads.all_models()} == {m.id: m for m in FILES.models}


def test_a_zone_is_read_with_its_middle_its_tariff_and_its_hours(database: Database) -> None:
    of_the_files = next(z for z in FILES.zones if z.code == "berlin")
    with database.unit_of_work() as session:
        berlin = ReferenceReads(session).zone("berlin")
        assert ReferenceReads(session).zone("atlantis") is None
    assert berlin is not None
    assert (berlin.lat, berlin.lng) == (of_the_files.centre.lat, of_the_files.centre.lng)
    assert berlin.hourly_rate == of_the_files.tariff.hourly_rate
    assert berlin.hours == of_the_files.hours.of("Europe/Berlin")


def test_a_skill_that_was_taken_from_an_expert_is_not_given_back_by_a_file(
    database: Database,
) -> None:
    expert, now = FILES.experts[0], datetime(2030, 1, 1, tzinfo=UTC)
    taken, lost = list(expert.skills)[:2]
    with database.unit_of_work() as session:
        experts = ExpertRepository(session)
        experts.drop_skill(expert.id, taken)
        facts = ExpertSkillDropped(expert_id=expert.id, skill=taken)
        experts.happened(facts, Actor(role=Role.ADMIN, id="usr_admin"), now)
        experts.drop_skill(expert.id, lost)
    with database.unit_of_work() as session:
        assert ReferenceRepository(session).load_missing(FILES) == 1
        known = PeopleReads(session).expert(expert.id)
    assert known is not None
    assert {held.code for held in known.skills} == expert.skills.keys() - {taken}


def test_a_model_that_is_there_already_stays_as_it_is(database: Database) -> None:
    model = ApplianceModel(id="mod_new-1", brand="New", designation="1", category="oven")
    with database.unit_of_work() as session:
        ReferenceRepository(session).add_model(model)
        ReferenceRepository(session).add_model(model.but(brand="Other"))
        assert ReferenceReads(session).has_model("mod_new-1")
        assert ReferenceReads(session).models("new 1", None, 10) == [model]
