"""The report on loss, as whoever keeps the house reads it."""

from tests.house import House


async def test_the_report_on_loss_counts_what_was_accepted(house: House) -> None:
    before = await house.expect("helpdesk", "GET", "/reports/loss")
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")

    async def counted() -> bool:
        report = await house.expect("helpdesk", "GET", "/reports/loss")
        return bool(
            (report["accepted"], report["stored"]) == (before["accepted"] + 1, before["stored"] + 1)
        )

    await house.soon(counted, "the new ticket to be counted")
    report = await house.expect("helpdesk", "GET", "/reports/loss?days=1&limit=1")
    assert report["unreconciled"] == report["accepted"] - report["running"]
    assert report["definition"].startswith("loss/1")


async def test_a_ticket_that_is_filed_twice_is_accepted_once(house: House) -> None:
    before = (await house.expect("helpdesk", "GET", "/reports/loss"))["accepted"]
    key = {"Idempotency-Key": "the-same-for-both"}
    body = {"description": "It hums.", "slots": [], "slots_later": True, "category": "unidentified"}
    answers = [await house.ask("customer", "POST", "/tickets", body, **key) for _ in range(2)]
    other = await house.ask(
        "customer", "POST", "/tickets", body | {"description": "Other words."}, **key
    )
    assert [a.json()["id"] for a in answers] == [answers[0].json()["id"]] * 2, answers[0].text
    assert other.status_code == 422

    async def noted() -> bool:
        found = (await house.expect("helpdesk", "GET", "/reports/loss"))["accepted"]
        return bool(found == before + 1) and not house.services.started.first(1)

    await house.soon(noted, "the list of what was accepted")


async def test_the_report_refuses_what_is_no_number_of_days(house: House) -> None:
    for days in ("0", "91", "a week"):
        answer = await house.ask("manager", "GET", f"/reports/loss?days={days}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["parameter"] == "days"
