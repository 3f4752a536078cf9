"""What is read can be written: every file, week, standing, skill, policy and time of our own goes
back unchanged, and is then as it was."""

from typing import Any

from tests.api.people.test_customer_files import FILE, nobody
from tests.house import REFERENCE, House, days
from tests.refusals import refused
from tests.town import Town

YAOUNDE = Town("yaounde")


async def written_back(house: House, who: str, path: str, method: str = "PUT") -> Any:
    """What stands at a path after it was read there and sent back."""
    read = await house.expect(who, "GET", path)
    answer = await house.ask(who, method, path, read)
    assert answer.status_code == 200, (path, read, answer.text)
    assert answer.json() == read
    assert await house.expect(who, "GET", path) == read
    return read


async def test_every_customers_file_can_be_written_back_as_it_was_read(house: House) -> None:
    for customer in REFERENCE.customers:
        read = await written_back(house, "helpdesk", f"/customers/{customer.id}")
        assert read["postcode"] == customer.address.postcode
        assert read["precision"] == "exact"


async def test_a_customer_where_there_are_no_postcodes_needs_none(house: House) -> None:
    read = await house.expect("helpdesk", "GET", f"/customers/{YAOUNDE.customer.id}")
    assert read["postcode"] == ""
    without = {name: value for name, value in read.items() if name not in ("id", "postcode")}
    path = f"/customers/{nobody()}"
    assert (await house.expect("helpdesk", "PUT", path, without))["postcode"] == ""
    await written_back(house, "helpdesk", path)


async def test_a_region_is_spelt_as_people_there_spell_it(house: House) -> None:
    for region in ("Baden-Württemberg", "Île-de-France", "Provence-Alpes-Côte d'Azur", "कोशी"):
        path = f"/customers/{nobody()}"
        written = await house.expect("helpdesk", "PUT", path, {**FILE, "region": region})
        assert written["region"] == region
        await written_back(house, "helpdesk", path)


async def test_a_stand_in_for_a_place_stays_one_when_the_file_is_written_back(
    house: House,
) -> None:
    path = f"/customers/{nobody()}"
    await house.expect("helpdesk", "PUT", path, FILE)
    assert (await written_back(house, "helpdesk", path))["precision"] == "city"
    stated = await house.expect("helpdesk", "GET", path)
    unsaid = {name: value for name, value in stated.items() if name != "precision"}
    assert (await house.expect("helpdesk", "PUT", path, unsaid))["precision"] == "city"
    known = {**unsaid, "lat": 27.72, "lng": 85.33, "precision": "postcode"}
    await house.expect("helpdesk", "PUT", path, known)
    assert (await written_back(house, "helpdesk", path))["precision"] == "postcode"


async def test_names_are_kept_in_one_spelling_and_so_come_back(house: House) -> None:
    path = f"/customers/{nobody()}"
    typed = {**FILE, "name": "Jose\u0301 Nu\u0308n\u0303ez", "street": "A\u030angstro\u0308mstr. 1"}
    written = await house.expect("helpdesk", "PUT", path, typed)
    assert (written["name"], written["street"]) == ("José Nüñez", "Ångströmstr. 1")
    await written_back(house, "helpdesk", path)


async def test_a_file_goes_back_to_its_own_customer_only(house: House) -> None:
    read = await house.expect("helpdesk", "GET", f"/customers/{YAOUNDE.customer.id}")
    answer = await house.ask("helpdesk", "PUT", f"/customers/{nobody()}", read)
    refused(answer, 422, "id-differs", "/id")


async def test_every_experts_week_standing_and_skills_can_be_written_back(house: House) -> None:
    for expert in REFERENCE.experts:
        await written_back(house, f"expert:{expert.id}", "/experts/me/availability")
        path = f"/experts/{expert.id}"
        read = await house.expect("admin", "GET", path)
        again = await house.expect("admin", "PATCH", path, {"status": read["status"]})
        assert again == read
        for held in read["skills"]:
            again = await house.expect("admin", "PUT", f"{path}/skills/{held['skill']}", held)
            assert again == read


async def test_a_week_with_every_kind_of_day_can_be_written_back(house: House) -> None:
    week = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in range(5)]
    week += [{"weekday": 5, "start": "08:15", "end": "12:00"}]
    week += [{"weekday": 5, "start": "12:00", "end": "23:59"}]
    me = f"expert:{YAOUNDE.unskilled[0].id}"
    before = await house.expect(me, "GET", "/experts/me/availability")
    await house.expect(me, "PUT", "/experts/me/availability", {"week": week})
    assert (await written_back(house, me, "/experts/me/availability"))["week"] == week
    await house.expect(me, "PUT", "/experts/me/availability", before)


async def test_every_policy_can_be_written_back(house: House) -> None:
    before = await house.expect("admin", "GET", "/policies")
    for urgency, policies in before.items():
        for name, value in policies.items():
            path = f"/policies/{urgency}/{name}"
            assert await house.expect("admin", "PUT", path, {"value": value}) == before, path


async def test_the_longest_policy_can_be_written_back(house: House) -> None:
    before = await house.expect("admin", "GET", "/policies")
    path = "/policies/urgent/auto_close_after"
    longest = await house.expect("admin", "PUT", path, {"value": "P366D"})
    value = longest["urgent"]["auto_close_after"]
    assert await house.expect("admin", "PUT", path, {"value": value}) == longest
    await house.expect("admin", "PUT", path, {"value": before["urgent"]["auto_close_after"]})


async def test_a_tickets_slots_and_a_proposals_windows_can_be_written_back(house: House) -> None:
    town = Town("sydney")
    filed, visit = await town.opened(house, day=33)
    read = (await house.ticket(filed))["slots"]
    await house.expect(town.me, "PUT", f"/tickets/{filed}/slots", {"slots": read})
    assert (await house.ticket(filed))["slots"] == read
    # Not at the customer's times, so that it waits.
    proposed = await house.propose(visit, town.expert, days(35, 2))

    async def recorded() -> Any:
        path = f"/proposals/{proposed['id']}"
        answer = await house.ask(town.expert, "GET", path)
        return answer.json() if answer.is_success else None

    offer = await house.soon(recorded, "the proposal")
    body = {"windows": offer["windows"]}
    again = await house.expect(town.expert, "PATCH", f"/proposals/{offer['id']}", body)
    assert again["windows"] == offer["windows"]
    await house.expect(town.me, "POST", f"/tickets/{filed}/cancel", {})


async def test_time_off_is_taken_again_as_it_was_read(house: House) -> None:
    me = f"expert:{YAOUNDE.unskilled[0].id}"
    [day] = days(50, 1)
    taken = await house.expect(me, "POST", "/experts/me/time-off", day)
    span = f"/experts/me/calendar?from={day['start'][:19]}Z&to={day['end'][:19]}Z"
    [read] = (await house.expect(me, "GET", span))["time_off"]
    await house.ask(me, "DELETE", f"/experts/me/time-off/{taken['id']}")
    again = await house.expect(
        me, "POST", "/experts/me/time-off", {"start": read["start"], "end": read["end"]}
    )
    assert (again["start"], again["end"]) == (read["start"], read["end"])
    await house.ask(me, "DELETE", f"/experts/me/time-off/{again['id']}")
