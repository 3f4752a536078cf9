"""A ticket with three visits that wait for each other, and what can go wrong with them, one mishap
a function; tests tell them one after the other."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from models.field import FactKind
from tests.house import House
from tests.town import GOOD_DAY
from tests.workflows.company import add, after, at, bare, crew, hire, rest, rows, waiting
from tests.workflows.escalation.escalating import ANA, decide, known, open_question

ARRIVAL = GOOD_DAY[:3]
AT_WORK = GOOD_DAY[:4]
WATER, POWER, COLD = 2, 3, 1
"""The numbers of the visits, in the order in which they are made."""


@dataclass(frozen=True)
class Chain:
    """A plumber, then an electrician, then somebody for the fridge; `ella` is the electrician whom
    nobody has sent yet."""

    house: House
    ticket_id: str
    water: str
    power: str
    cold: str
    pia: str
    eli: str
    ella: str
    rob: str
    slots: tuple[dict[str, str], ...]

    async def says(self, who: str, visit: str, *kinds: FactKind, **said: Any) -> Any:
        """Somebody reports from a visit, one thing after the other; the last answer."""
        answer = None
        for kind in kinds:
            answer = await self.house.report(visit, kind, who, **said)
        return answer

    def named(self, recipient: str) -> str:
        """Somebody as the tests call them; a customer, and staff, by their role."""
        names = {bare(getattr(self, name)): name for name in ("pia", "eli", "ella", "rob")}
        return names.get(recipient, recipient.partition("_")[0])

    async def happened(self) -> list[tuple[str, str]]:
        """What happened, and by whom, in the timeline's order, but for what was sent."""
        return [
            (self.named(entry["actor_id"]), entry["type"])
            for entry in await self.house.timeline(self.ticket_id)
            if not entry["type"].startswith("notification.")
        ]

    def told(self) -> Counter[tuple[str, str]]:
        """How often each was to be told of each kind of news; reminders, which wait for their day,
        and offers of visits to whoever is there to take them apart."""
        found = rows(
            self.house,
            """select template, recipient_id from notifications where ticket_id = %s
            and template not like '%%.due_in_%%' and template <> 'visit.open'""",
            self.ticket_id,
        )
        return Counter((self.named(n["recipient_id"]), n["template"]) for n in found)


async def chained(house: House, *slots: dict[str, str]) -> Chain:
    """A ticket of which nobody has proposed anything yet."""
    ticket_id, cold = await waiting(house, *slots)
    water = await add(house, ticket_id, "plumbing")
    power = await add(house, ticket_id, "electrical", **after(water, most=None))
    body = {"predecessor": power, "successor": cold, "min_gap": "PT0S", "max_gap": None}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/dependencies", body)
    pia, eli, ella = (hire(house, s) for s in ("plumbing", "electrical", "electrical"))
    rob = hire(house, "refrigeration")
    return Chain(house, ticket_id, water, power, cold, pia, eli, ella, rob, slots)


async def booked(chain: Chain) -> Any:
    """The ticket once all three are booked."""
    for visit, who in (
        (chain.water, chain.pia),
        (chain.power, chain.eli),
        (chain.cold, chain.rob),
    ):
        await chain.house.propose(visit, who, list(chain.slots))
    return await chain.house.until(chain.ticket_id, "SCHEDULED")


async def overran(chain: Chain, **when: Any) -> Any:
    """The plumber needs an hour and a quarter more; the ticket after that, and after their work."""
    await chain.says(chain.pia, chain.water, *AT_WORK, **when)
    needs = FactKind.NEED_MORE_TIME
    await chain.says(chain.pia, chain.water, needs, minutes=75, **when)
    moved = await rest(chain.house, chain.ticket_id)
    await chain.says(chain.pia, chain.water, FactKind.COMPLETED, **when)
    return moved


async def replaced(chain: Chain, **when: Any) -> Any:
    """The electrician cannot come, and a person sends the other one, who does the work."""
    await chain.says(chain.eli, chain.power, FactKind.ACKNOWLEDGED, **when)
    cannot = FactKind.CANNOT_ARRIVE
    await chain.says(chain.eli, chain.power, cannot, reason="VEHICLE", **when)
    asked = await open_question(chain.house, chain.ticket_id, "CANNOT_ARRIVE", POWER)

    async def number() -> Any:
        brief = (await known(asked)).brief
        found = brief.candidates if brief else ()
        return next((c.number for c in found if c.expert_id == bare(chain.ella)), None)

    await decide(asked, ANA, "1_replace", await chain.house.soon(number, "the candidate"))
    await asked.result()
    seen = await rest(chain.house, chain.ticket_id)
    await chain.says(chain.ella, chain.power, *GOOD_DAY, **when)
    return seen


async def shut_out(chain: Chain, rung: str, **when: Any) -> Any:
    """Nobody opens for whoever repairs the fridge; the question."""
    await chain.says(chain.rob, chain.cold, *ARRIVAL, **when)
    tried = [{"channel": "phone", "at": rung}]
    closed = FactKind.CANNOT_ENTER
    await chain.says(chain.rob, chain.cold, closed, contact_attempts=tried, **when)
    return await open_question(chain.house, chain.ticket_id, "CANNOT_ENTER", COLD)


async def moved(chain: Chain, asked: Any) -> Any:
    """They have waited for as long as they had to, and the visit is to be another time; the ticket
    once it is booked again."""

    async def left() -> bool:
        return ("rob", "assignment.may_leave") in chain.told()

    await chain.house.soon(left, "that they may leave")
    await decide(asked, ANA, "3_reschedule")
    await asked.result()
    ticket = await chain.house.until(chain.ticket_id, "SCHEDULED")
    assert crew(ticket["visits"][0]) == [chain.rob], "what they had offered counts again"
    return ticket


async def lacking_parts(chain: Chain, eta_day: int, **when: Any) -> str:
    """They come again, and lack a part; the visit that follows."""
    await chain.says(chain.rob, chain.cold, *AT_WORK, **when)
    undone = {"reason": "NEEDS_PARTS", "parts": [{"sku": "relay-240v", "quantity": 1}]}
    eta = at(7, eta_day).isoformat()
    await chain.says(chain.rob, chain.cold, FactKind.INCOMPLETE, parts_eta=eta, **undone, **when)
    follow_up: str = (await rest(chain.house, chain.ticket_id))["visits"][3]["id"]
    return follow_up


async def finished(chain: Chain, follow_up: str, **when: Any) -> Any:
    """The part is there, and the work is done; the ticket, and its bill."""
    await chain.house.propose(follow_up, chain.rob, list(chain.slots))
    await chain.house.until(chain.ticket_id, "SCHEDULED")
    await chain.says(chain.rob, follow_up, *GOOD_DAY, **when)
    ticket = await chain.house.until(chain.ticket_id, "COMPLETED")

    async def billed() -> Any:
        query = "select total, lines from invoices where subject_id = %s"
        return rows(chain.house, query, chain.ticket_id)

    return ticket, await chain.house.soon(billed, "the bill")
