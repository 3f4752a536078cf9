"""The reference files describe a world in which a ticket can be served, and say where they err."""

import re
import shutil
from collections import Counter
from collections.abc import Iterable
from itertools import product
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID, HERE, load
from models.catalogue.nouns import (
    Address,
    ApplianceCategory,
    Expert,
    Person,
    Place,
    ReferenceData,
    Zone,
)
from models.money.amount import Currency

FICTION = (
    r"\+1[2-9]\d{2}55501\d{2}",  # North America: 555-0100 to 555-0199
    r"\+447700900\d{3}",  # United Kingdom, mobile
    r"\+442079460\d{3}",  # United Kingdom, London
    r"\+4917139200\d{2}",  # Germany, mobile
    r"\+493023125\d{3}",  # Germany, Berlin
    r"\+6125550\d{4}",  # Australia, New South Wales
    # Australia, mobile: single numbers, not a range.
    r"\+6149157(0(006|110|156|157|158|159|313|737)|1(266|491|804))",
)

COMMON = ("refrigeration", "laundry", "dishwashing", "electrical", "water-heating")

EUROS = {"EUR": 1, "USD": 1.1, "GBP": 0.86, "AUD": 1.7, "XAF": 656, "NPR": 155}
"""Roughly what a euro buys: enough to tell francs from hundredths of francs."""


@pytest.fixture(scope="module")
def world() -> ReferenceData:
    return load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that a test may spoil."""
    for file in (*HERE.glob("*.csv"), *HERE.glob("*.yaml")):
        shutil.copy(file, tmp_path)
    return tmp_path


def people(world: ReferenceData) -> tuple[Person, ...]:
    return (*world.experts, *world.customers)


def kilometres(here: Place, there: Place) -> float:
    lat, other = radians(here.lat), radians(there.lat)
    span = sin((other - lat) / 2) ** 2
    span += cos(lat) * cos(other) * sin(radians(there.lng - here.lng) / 2) ** 2
    return 2 * 6371 * asin(sqrt(span))


def can_crew(category: ApplianceCategory, experts: Iterable[Expert]) -> bool:
    """Whether different people can take the positions."""
    able = [
        [e.id for e in experts if e.skills.get(need.skill, 0) >= need.min_level]
        for need in category.skills
    ]
    return any(len(set(crew)) == len(crew) for crew in product(*able))


def test_there_are_at_least_sixty_models_and_the_category_of_each_exists(
    world: ReferenceData,
) -> None:
    categories = {category.code for category in world.categories}
    assert len(world.models) >= 60
    assert {model.category for model in world.models} <= categories


def test_the_id_of_a_model_is_its_brand_and_designation(world: ReferenceData) -> None:
    for model in world.models:
        words = f"{model.brand} {model.designation}".lower().replace("'", "")
        assert model.id == "mod_" + re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def test_every_category_has_a_model_except_the_one_for_unknown_appliances(
    world: ReferenceData,
) -> None:
    made = {model.category for model in world.models}
    assert {c.code for c in world.categories} - made == {"unidentified"}


def test_every_skill_is_needed_by_some_category(world: ReferenceData) -> None:
    needed = {required.skill for c in world.categories for required in c.skills}
    assert {skill.code for skill in world.skills} == needed


def test_some_appliances_need_two_people(world: ReferenceData) -> None:
    assert Counter(len(c.skills) for c in world.categories)[2] >= 2


def test_every_zone_is_staffed_for_every_skill(world: ReferenceData) -> None:
    held = {zone.code: Counter[str]() for zone in world.zones}
    for expert in world.experts:
        held[expert.zone].update(expert.skills)
    for zone, skills in held.items():
        assert set(skills) == {skill.code for skill in world.skills}, zone
        assert min(skills[common] for common in COMMON) >= 2, zone


def test_every_customer_lives_within_reach_of_a_crew_for_every_appliance(
    world: ReferenceData,
) -> None:
    for customer in world.customers:
        near = [
            expert
            for expert in world.experts
            if expert.zone == customer.zone
            and kilometres(expert.home, customer.place) <= expert.radius_km
        ]
        lacking = [c.code for c in world.categories if not can_crew(c, near)]
        assert not lacking, (customer.id, lacking)


def test_an_address_lies_in_one_zone_only(world: ReferenceData) -> None:
    for customer in world.customers:
        assert [z.code for z in world.zones if z.holds(customer.address)] == [customer.zone]


def test_people_live_near_the_centre_of_their_zone_and_by_its_clock(world: ReferenceData) -> None:
    zones = {zone.code: zone for zone in world.zones}
    places = [(e, e.home) for e in world.experts] + [(c, c.place) for c in world.customers]
    for person, place in places:
        zone: Zone = zones[person.zone]
        assert person.tz == zone.tz
        assert kilometres(place, zone.centre) < 30, person.name


def test_every_phone_number_is_reserved_for_fiction(world: ReferenceData) -> None:
    fiction = re.compile("|".join(f"(?:{pattern})" for pattern in FICTION))
    assert [p.phone for p in people(world) if not fiction.fullmatch(p.phone)] == []


def test_every_e_mail_address_is_in_an_example_domain(world: ReferenceData) -> None:
    domains = {person.email.partition("@")[2] for person in people(world)}
    assert domains <= {"example.com", "example.org", "example.net"}


def test_nothing_and_nobody_stands_twice(world: ReferenceData) -> None:
    for names in (
        [skill.code for skill in world.skills],
        [category.code for category in world.categories],
        [zone.code for zone in world.zones],
        [plan.id for plan in world.plans],
        [model.id for model in world.models],
        [person.phone for person in people(world)],
        [person.email for person in people(world)],
        [person.name for person in people(world)],
        [e.id[4:] for e in world.experts] + [c.id[4:] for c in world.customers],
    ):
        assert len(names) == len(set(names))


def test_ids_of_people_are_of_version_seven(world: ReferenceData) -> None:
    ids = [e.id for e in world.experts] + [c.id for c in world.customers]
    assert all(re.fullmatch(r"\w{3}_.{8}-.{4}-7.{3}-[89ab].{3}-.{12}", each) for each in ids)


def test_amounts_respect_the_exponent_of_their_currency(world: ReferenceData) -> None:
    tariffs = [(z.currency, fee) for z in world.zones for fee in dict(z.tariff).values()]
    fees = [(p.currency, p.urgent_fee) for p in world.plans]
    for currency, amount in (*tariffs, *fees):
        euros = amount / 10**currency.exponent / EUROS[currency]
        assert 1 < euros < 120, (currency, amount)
    for plan in world.plans:
        months = 12 if plan.interval == "year" else 1
        euros = plan.price / 10**plan.currency.exponent / EUROS[plan.currency] / months
        assert 5 < euros < 50, plan.id


def test_every_currency_has_a_plan_and_a_zone(world: ReferenceData) -> None:
    assert {plan.currency for plan in world.plans} == set(Currency)
    assert {zone.currency for zone in world.zones} == set(Currency)


def test_customers_hold_no_plan_one_plan_two_plans_or_one_yet_to_begin(
    world: ReferenceData,
) -> None:
    held = {tuple(s.status for s in customer.subscriptions) for customer in world.customers}
    assert held == {(), ("ACTIVE",), ("ACTIVE", "ACTIVE"), ("PENDING",), ("SUSPENDED",)}


def test_the_first_customer_and_the_first_expert_can_play_the_demonstration(
    world: ReferenceData,
) -> None:
    customer, expert = world.customers[0], world.experts[0]
    assert (customer.id, expert.id) == (FIRST_CUSTOMER_ID, FIRST_EXPERT_ID)
    assert customer.zone == expert.zone
    assert kilometres(customer.place, expert.home) < expert.radius_km
    plans = {plan.id: plan for plan in world.plans}
    assert all(plans[customer.subscriptions[0].plan].covers(c.code) for c in world.categories)
    assert expert.skills["laundry"] == expert.skills["refrigeration"] == 3


def test_an_address_without_a_postcode_still_reads_well() -> None:
    address = Address(street="120 avenue Kennedy", city="Yaoundé", region="CE", country="CM")
    assert address.line == "120 avenue Kennedy, Yaoundé, CM"


@pytest.mark.parametrize(
    ("file", "right", "wrong", "complaint"),
    [
        ("categories.csv", "hood,Cooker hood,60", "hood,Cooker hood,50", "visit_minutes: "),
        ("categories.csv", "ventilation:1", "levitation:1", "skills: 'levitation'"),
        ("categories.csv", "ventilation:1", "ventilation", r"skills\.0\.min_level: "),
        ("models.csv", "KGN39VLEB,refrigerator", "KGN39VLEB,icebox", "category: 'icebox'"),
        ("models.csv", "KGN36NLEA,refrigerator", "KGN36NLEA", "category: Field required"),
        ("models.csv", "KGN36NLEA,refrigerator", "KGN36NLEA,refrigerator,x", "surplus: "),
        ("skills.csv", "dishwashing,D", "laundry,D", "code: 'laundry' stands twice"),
        ("plans.yaml", "categories: [refrigerator, dish", "categories: [fridge, dish", "'fridge'"),
        ("plans.yaml", "currency: XAF", "currency: FCFA", "currency: "),
        ("plans.yaml", "price: 6500", "price: 65.5", "price: "),
        ("plans.yaml", "name: Foyer serein", "name: Foyer: serein", "yaml: "),
        ("zones.yaml", "tz: Asia/Kathmandu", "tz: Asia/Shangri-La", "tz: .*not an IANA"),
        ("zones.yaml", "hourly_rate: 8400", "hourly_rate: -1", r"tariff\.hourly_rate: "),
        ("experts.yaml", "gas-fitting: 3", "alchemy: 3", r"skills\.alchemy: "),
        ("experts.yaml", "gas-fitting: 3", "gas-fitting: 4", r"skills\.gas-fitting: "),
        ("experts.yaml", "radius_km: 45", "radius_km: 45\n  radius_km: 46", "'radius_km' stands"),
        ("experts.yaml", "radius_km: 45", "radius_km: 45\n  hat: 7", "hat: "),
        ("experts.yaml", "zone: london", "zone: londinium", "zone: 'londinium'"),
        ("customers.yaml", "plan: kitchen-eur", "plan: attic-eur", "subscriptions.1.plan: 'attic"),
        ("customers.yaml", "plan: home-gbp", "plan: home-eur", ".*not in GBP"),
        ("customers.yaml", "Chicago, region: IL", "Chicago, region: TX", "address: is not within"),
        ("customers.yaml", "Karim Haddad", "Karim \x07", "yaml: special characters"),
    ],
)
def test_a_broken_file_is_refused_by_file_line_and_field(
    folder: Path, file: str, right: str, wrong: str, complaint: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"^{re.escape(file)}:\d+: .*{complaint}") as refused:
        load(folder)
    named = int(str(refused.value).split(":")[1])
    assert named == (text[: text.index(right)] + wrong).count("\n") + 1


def test_a_file_that_is_not_utf_8_is_refused_by_line(folder: Path) -> None:
    (folder / "skills.csv").write_bytes(b"code,name,category\nlaundry,W\xe4sche,white-goods\n")
    with pytest.raises(ValueError, match=r"^skills\.csv:2: encoding: "):
        load(folder)


def test_a_yaml_file_that_is_no_list_is_refused(folder: Path) -> None:
    (folder / "zones.yaml").write_text("berlin: yes\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^zones\.yaml:1: file: must be a list"):
        load(folder)
