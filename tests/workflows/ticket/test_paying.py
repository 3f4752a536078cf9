"""A ticket of which nobody knows who pays settles by itself when whoever keeps the accounts is
back."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from activities.escalation.decisions import DecisionActivities
from activities.gateways.coverage.peer import PeerAccounts
from activities.ticket.paying import Accounts
from models.db.engine import Database
from models.db.promise.paid import PaidRepository
from models.escalation import Action, Choice
from models.messages.escalation import CarryOut
from tests.activities.gateways.accounts_server import accounts_server
from tests.activities.ticket.asking import busy_with, named
from tests.house import House
from tests.workflows.company import bare, between, crew, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, known
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


async def test_a_ticket_shows_how_old_the_knowledge_is_that_a_plan_pays(house: House) -> None:
    customer = bare(PLAN_PENDING)
    ticket_id, _ = await waiting(house, between(8, 20), who=PLAN_PENDING)
    assert (await house.ticket(ticket_id))["coverage_as_of"] is None
    with accounts_server() as server:
        peer, heard_at = PeerAccounts(server.url), datetime.now(UTC) - timedelta(days=7)
        last_week = Accounts(peer, lambda: heard_at)
        server.pays(customer, "home-gbp", until())
        said = last_week.ask(customer)
        assert said
        assert said.plans
        with house.database.unit_of_work() as session:
            session.execute(text("delete from paid_customers"))
            PaidRepository(session).keep(customer, said.plans, said.at)
        server.status = 503
        paying = Paying(house.database, house.env.client, Accounts(peer))

        async def settled() -> bool:
            await paying.ask_again()
            return bool((await house.ticket(ticket_id))["coverage"] == "COVERED")

        await house.soon(settled, "the ticket to be settled by what is remembered")
        peer.close()
    shown = (await house.ticket(ticket_id))["coverage_as_of"]
    assert datetime.fromisoformat(shown) == heard_at


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


async def test_whoever_looks_a_ticket_up_again_keeps_no_connection_while_the_accounts_are_asked(
    house: House,
) -> None:
    ticket_id = await house.file(f"customer:cus_{uuid.uuid4()}")
    asked = await known(await briefed(house, ticket_id, "DATA_MISSING"))
    choice = Choice(
        action=Action.LOOK_AGAIN, by=ANA, at=datetime.now(UTC), command_id=uuid.uuid4().hex
    )
    busy: list[int] = []
    with accounts_server() as server:
        peer, database = PeerAccounts(server.url), Database(named(house.database_url), pool_size=2)
        server.meanwhile = lambda: busy.append(busy_with(house.database_url))
        desk = DecisionActivities(database, house.env.client, Accounts(peer))
        done = await desk.carry_out(
            CarryOut(escalation=asked.but(choice=choice), now=datetime.now(UTC))
        )
        assert done.refusal == "There is still no file of that customer."
        assert busy == [0]
        busy.clear()
        paying = Paying(database, house.env.client, Accounts(peer))

        async def asks() -> bool:
            await paying.ask_again()
            return bool(busy)

        await house.soon(asks, "the tickets that are not settled to be asked about")
        assert set(busy) == {0}
        peer.close()
        database.close()
