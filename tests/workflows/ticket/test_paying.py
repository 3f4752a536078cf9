"""A ticket of which nobody knows who pays settles by itself when whoever keeps the accounts is
back."""

from datetime import UTC, datetime, timedelta

from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from tests.activities.gateways.accounts_server import accounts_server
from tests.house import House
from tests.workflows.company import bare, between, crew, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide
from tests.workflows.escalation.questions import PLAN_PENDING, briefed
from workers.paying import Paying


def until() -> str:
    return (datetime.now(UTC) + timedelta(days=20)).date().isoformat()


async def test_who_pays_is_heard_when_the_accounts_are_back_and_the_question_ends_by_itself(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, between(8, 20), who=PLAN_PENDING)
    question = await briefed(house, ticket_id, "COVERAGE_UNKNOWN")
    expert = hire(house, "refrigeration", zone="london", home=(51.47, -0.06))
    await house.propose(visit, expert, [between(8, 20)])
    seen = await rest(house, ticket_id)
    assert (seen["coverage"], seen["visits"][0]["match_state"]) == ("UNKNOWN", "FULL_HELD")
    with accounts_server() as server:
        peer = PeerAccounts(server.url)
        paying = Paying(house.database, house.env.client, Accounts(peer))
        server.status = 503
        await paying.ask_again()
        assert (await rest(house, ticket_id))["coverage"] == "UNKNOWN", "still away"
        server.status = 200
        server.pays(bare(PLAN_PENDING), "home-gbp", until())

        async def settled() -> bool:
            await paying.ask_again()
            return bool((await house.ticket(ticket_id))["status"] == "SCHEDULED")

        await house.soon(settled, "the ticket to be settled")
        peer.close()
    seen = await rest(house, ticket_id)
    assert (seen["coverage"], crew(seen["visits"][0])) == ("COVERED", [expert])
    assert (await question.result())["state"] == "AUTO_RESOLVED"
    events = [e["type"] for e in await house.timeline(ticket_id)]
    assert events.count("coverage.decided") == 1


async def test_a_ticket_that_is_given_up_in_doubt_tells_its_customer_and_who_had_offered(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, between(8, 20), who=PLAN_PENDING)
    question = await briefed(house, ticket_id, "COVERAGE_UNKNOWN")
    expert = hire(house, "refrigeration", zone="london", home=(51.47, -0.06))
    await house.propose(visit, expert, [between(8, 20)])
    await decide(question, ANA, "4_cancel")
    await house.until(ticket_id, "CANCELLED")
    assert await told(house, ticket_id, "ticket.cancelled") == [bare(PLAN_PENDING)]
    assert await told(house, ticket_id, "proposal.released") == [bare(expert)]
