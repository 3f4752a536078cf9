"""While the house is spared, what can wait is told to wait, and all else goes on."""

from tests.house import House
from tests.refusals import refused


async def switch(house: House, *, on: bool) -> None:
    body = {"on": on, "reason": "The database is slow."}
    await house.expect("admin", "PUT", "/flags/degraded_mode", body, **{"If-Match": "*"})


async def test_while_the_house_is_spared_surveys_wait_and_tickets_do_not(house: House) -> None:
    survey = "/v1/surveys/nobody.knows"

    async def waits() -> bool:
        answer = await house.http.get(survey)
        return bool(answer.json()["code"] == "degraded-mode")

    async def goes_on() -> bool:
        return not await waits()

    assert await goes_on()
    try:
        await switch(house, on=True)
        await house.soon(waits, "surveys to wait", 2.0)
        for answer in (
            await house.http.get(survey),
            await house.http.post(survey, json={"rating": 5}),
        ):
            refused(answer, 503, "degraded-mode")
            assert int(answer.headers["Retry-After"]) == 60
        filed = await house.file(slots_later=True, slots=[])
        await house.ticket(filed)
        assert (await house.ask("expert", "GET", "/marketplace/visits")).is_success
    finally:
        await switch(house, on=False)
        await house.soon(goes_on, "surveys", 2.0)
