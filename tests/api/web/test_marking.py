"""What is wrong in a form of our page is marked at its place, and one reads "you" of oneself."""

from html import unescape

from tests.api.web.desk_of_house import at_the_desk
from tests.api.web.test_mending import TYPED, said, unfiled
from tests.house import House
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import known


async def test_what_is_wrong_in_the_file_is_said_beside_its_field_and_nothing_is_lost(
    house: House,
) -> None:
    customer, _, asked = await unfiled(house)
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        typed = {**TYPED, "phone": "030 901820", "email": "kim"}
        answer = await ana.sends(escalation_id, "customer", **typed, note="They will call back.")
        page = unescape(answer.text)
        assert answer.status_code == 422
        assert "Write it with the country's code" in page
        assert 'value="030 901820"' in page
        assert 'value="Feldweg 4"' in page
        assert "They will call back." in page
    gone = await house.ask("helpdesk", "GET", f"/customers/{customer}")
    assert gone.status_code == 404


async def test_every_field_that_is_refused_is_marked_where_it_stands(house: House) -> None:
    _, _, asked = await unfiled(house)
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        for changed, wrong in (
            ({"postcode": ""}, {"postcode": "Addresses there have a postcode."}),
            ({"postcode": "!"}, {"postcode": "Letters and digits"}),
            ({"zone": ""}, {"zone": "Choose one."}),
            ({"zone": "atlantis"}, {"zone": "No such zone."}),
            ({"name": " ", "city": "a\u202eb"}, {"name": "Write something", "city": "Write"}),
            ({"note": "x" * 4001}, {"note": "A note has 4000 characters at most."}),
            ({"note": "a\u202eb"}, {"note": "The text holds"}),
        ):
            answer = await ana.sends(escalation_id, "customer", **{**TYPED, **changed})
            page = unescape(answer.text)
            assert answer.status_code == 422, changed
            assert page.count('aria-invalid="true"') == len(wrong)
            for name, rule in wrong.items():
                assert f'aria-describedby="customer-{name}-wrong"' in page
                assert f'id="customer-{name}-wrong">{rule}' in page
                assert f'href="#customer-{name}"' in page
                assert f'id="customer-{name}"' in page


async def test_our_page_says_you_and_does_not_speak_of_itself(house: House) -> None:
    _, _, asked = await unfiled(house)
    escalation_id = (await known(asked)).id
    async with at_the_desk(house) as ana:
        assert "Our own page" not in await said(house, ana, asked)
        await ana.sends(escalation_id, "claim")
        assert "Claimed by you since" in await said(house, ana, asked)
        await ana.sends(escalation_id, "customer", **TYPED)
        page = await said(house, ana, asked)
    assert "<strong>You</strong> decided" in page
    assert "usr_ana" not in page
    async with at_the_desk(house, "usr_ben") as ben:
        assert "<strong>usr_ana</strong> decided" in await said(house, ben, asked)
