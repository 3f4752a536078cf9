"""What a round costs, to the last cent."""

from datetime import timedelta

import pytest

from models.errors import Conflict
from models.messages.money import BillTicket, WorkDone
from models.money.amount import Currency, Money
from models.money.invoice import Bill, Earning, InvoiceLine, LineKind, Tariff
from models.rules.money.pricing import billed_minutes, priced
from models.ticket import Coverage, Urgency
from tests.models.rules.stories import ANNA, BEN, CUSTOMER, HELPDESK, NOW, TICKET, VISIT, refused

EUROS = Tariff(currency=Currency.EUR, call_out_fee=4900, hourly_rate=6400, urgent_fee=3900)
FRANCS = Tariff(currency=Currency.XAF, call_out_fee=10_000, hourly_rate=7_510, urgent_fee=5_000)
COMMISSIONS = {ANNA: "15", BEN: "17.5"}


def work(minutes: float, expert: str = ANNA) -> WorkDone:
    return WorkDone(
        visit_id=VISIT,
        assignment_id=f"asg_{expert}",
        expert_id=expert,
        worked=timedelta(minutes=minutes),
    )


def bill_of(
    *done: WorkDone,
    coverage: Coverage = Coverage.COVERED,
    plan_fee: int | None = None,
    **more: object,
) -> BillTicket:
    plain = {
        "ticket_id": TICKET,
        "round": 1,
        "customer_id": CUSTOMER,
        "zone": "berlin",
        "coverage": coverage,
        "urgency": Urgency.NORMAL,
        "plan_id": "home-eur" if plan_fee is not None else None,
        "work": done or (work(60),),
        "completed_at": NOW,
        "by": HELPDESK,
    }
    return BillTicket.model_validate({**plain, **more})


def bill(
    coverage: Coverage,
    *done: WorkDone,
    tariff: Tariff = EUROS,
    urgency: Urgency = Urgency.NORMAL,
    round_: int = 1,
    plan_fee: int | None = None,
) -> Bill:
    asked = bill_of(*done, coverage=coverage, urgency=urgency, round=round_, plan_fee=plan_fee)
    return priced(asked, tariff, plan_fee, COMMISSIONS)


def euros(amount: int) -> Money:
    return Money(amount=amount, currency=Currency.EUR)


def amounts(priced_round: Bill) -> list[tuple[LineKind, int]]:
    return [(line.kind, line.amount.amount) for line in priced_round.lines]


@pytest.mark.parametrize("coverage", [Coverage.COVERED, Coverage.WAIVED])
def test_what_a_plan_or_the_house_pays_for_costs_the_customer_nothing(coverage: Coverage) -> None:
    invoice = bill(coverage, work(600))
    assert amounts(invoice) == [(LineKind.COVERED, 0)]
    assert invoice.total == Money(amount=0, currency=Currency.EUR)


def test_a_covered_line_names_the_plan_it_rests_on() -> None:
    assert bill(Coverage.COVERED, plan_fee=1900).lines[0].plan_id == "home-eur"


def test_a_job_paid_by_itself_costs_a_call_out_and_the_time() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, work(60))
    assert amounts(invoice) == [(LineKind.CALL_OUT, 4900), (LineKind.TIME, 6400)]
    assert invoice.total.amount == 11_300


def test_every_expert_of_a_joint_visit_is_paid_for() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, work(60), work(30, BEN))
    assert [kind for kind, _ in amounts(invoice)].count(LineKind.CALL_OUT) == 2
    assert invoice.total.amount == 4900 + 6400 + 4900 + 3200


@pytest.mark.parametrize("coverage", [Coverage.UNKNOWN, Coverage.NOT_COVERED])
def test_a_coverage_that_nobody_decided_is_never_priced(coverage: Coverage) -> None:
    undecided = (Conflict, "coverage-undecided", None, {})
    assert refused(lambda: bill(coverage)) == undecided


def test_every_coverage_is_priced_or_refused() -> None:
    for coverage in Coverage:
        try:
            assert bill(coverage).lines
        except Conflict:
            assert not coverage.allows_finalising


@pytest.mark.parametrize(
    ("worked", "minutes"),
    [(0, 15), (0.01, 15), (1, 15), (15, 15), (15.01, 30), (59, 60), (60, 60), (61, 75), (480, 480)],
)
def test_time_is_billed_by_the_started_quarter_of_an_hour(worked: float, minutes: int) -> None:
    assert billed_minutes(timedelta(minutes=worked)) == minutes


def test_a_time_line_says_which_minutes_it_bills() -> None:
    line = bill(Coverage.PAY_PER_JOB, work(46)).lines[1]
    assert (line.minutes, line.amount.amount) == (60, 6400)


@pytest.mark.parametrize(
    ("hourly", "minutes", "amount"),
    [(2, 15, 0), (6, 15, 2), (10, 15, 2), (14, 15, 4), (3, 30, 2), (5, 30, 2), (1, 45, 1)],
)
def test_half_a_minor_unit_goes_to_the_even_neighbour(
    hourly: int, minutes: int, amount: int
) -> None:
    tariff = EUROS.but(hourly_rate=hourly)
    assert bill(Coverage.PAY_PER_JOB, work(minutes), tariff=tariff).lines[1].amount.amount == amount


def test_francs_have_no_cents() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, work(15), tariff=FRANCS)
    assert amounts(invoice) == [(LineKind.CALL_OUT, 10_000), (LineKind.TIME, 1_878)]
    assert str(invoice.total) == "11878 XAF"


@pytest.mark.parametrize(
    ("coverage", "plan_fee", "fee"),
    [
        (Coverage.COVERED, 1900, [1900]),
        (Coverage.COVERED, 0, [0]),
        (Coverage.COVERED, None, [3900]),
        (Coverage.PAY_PER_JOB, None, [3900]),
        (Coverage.PAY_PER_JOB, 1900, [3900]),
        (Coverage.WAIVED, 1900, []),
    ],
)
def test_urgency_costs_the_plans_fee_where_a_plan_pays_and_the_tariffs_otherwise(
    coverage: Coverage, plan_fee: int | None, fee: list[int]
) -> None:
    invoice = bill(coverage, urgency=Urgency.URGENT, plan_fee=plan_fee)
    assert [amount for kind, amount in amounts(invoice) if kind is LineKind.URGENT_FEE] == fee


def test_urgency_is_paid_for_once_and_not_again_when_a_ticket_is_reopened() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, urgency=Urgency.URGENT, round_=2)
    assert LineKind.URGENT_FEE not in dict(amounts(invoice))


def test_a_ticket_that_is_not_urgent_costs_no_fee() -> None:
    assert LineKind.URGENT_FEE not in dict(amounts(bill(Coverage.COVERED, plan_fee=1900)))


@pytest.mark.parametrize("coverage", [Coverage.COVERED, Coverage.WAIVED, Coverage.PAY_PER_JOB])
def test_an_expert_earns_the_same_whoever_pays(coverage: Coverage) -> None:
    [earning] = bill(coverage, work(60)).earnings
    assert (earning.gross.amount, earning.commission.amount, earning.payout.amount) == (
        11_300,
        1_695,
        9_605,
    )


def test_gross_is_commission_and_payout_to_the_last_unit() -> None:
    for minutes in range(0, 600, 15):
        for tariff in (EUROS, FRANCS):
            done = (work(minutes), work(minutes, BEN))
            for earned in bill(Coverage.COVERED, *done, tariff=tariff).earnings:
                assert earned.gross.amount == earned.commission.amount + earned.payout.amount
                assert earned.gross.currency is tariff.currency


def test_a_commission_may_have_half_a_percent() -> None:
    [earning] = bill(Coverage.COVERED, work(60, BEN)).earnings
    assert earning.commission.amount == 1_978  # 17.5 % of 113.00 is 19.775


def test_a_bill_names_the_visit_of_every_line_and_the_work_of_every_earning() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, work(46), urgency=Urgency.URGENT)
    assert invoice == Bill(
        currency=Currency.EUR,
        lines=(
            InvoiceLine(kind=LineKind.CALL_OUT, amount=euros(4900), visit_id=VISIT),
            InvoiceLine(kind=LineKind.TIME, amount=euros(6400), visit_id=VISIT, minutes=60),
            InvoiceLine(kind=LineKind.URGENT_FEE, amount=euros(3900)),
        ),
        earnings=(
            Earning(
                assignment_id=f"asg_{ANNA}",
                visit_id=VISIT,
                expert_id=ANNA,
                gross=euros(11_300),
                commission=euros(1_695),
                payout=euros(9_605),
            ),
        ),
    )
    francs = bill(Coverage.COVERED, work(15), tariff=FRANCS, urgency=Urgency.URGENT)
    assert francs.currency is Currency.XAF
    assert {line.amount.currency for line in francs.lines} == {Currency.XAF}


def test_half_a_minor_unit_of_a_commission_goes_to_the_even_neighbour() -> None:
    tariff = EUROS.but(call_out_fee=10, hourly_rate=0)
    for percent, commission in (("5", 0), ("15", 2), ("25", 2), ("35", 4)):
        asked = bill_of(work(60))
        [earning] = priced(asked, tariff, None, {ANNA: percent}).earnings
        assert earning.commission.amount == commission


def decided(minutes: int, reported: float = 600, expert: str = ANNA) -> WorkDone:
    return work(reported, expert).model_copy(update={"minutes": minutes})


def test_what_a_person_decided_is_billed_and_earned_to_the_minute() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, decided(50))
    assert amounts(invoice) == [(LineKind.CALL_OUT, 4900), (LineKind.TIME, 5333)]
    assert invoice.lines[1].minutes == 50
    assert [earning.gross.amount for earning in invoice.earnings] == [10_233]


def test_work_that_a_person_decided_not_to_bill_costs_and_earns_nothing() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, decided(0), urgency=Urgency.URGENT)
    assert amounts(invoice) == [(LineKind.NOTHING, 0)]
    assert (invoice.total.amount, invoice.earnings) == (0, ())
    covered = bill(Coverage.COVERED, decided(0), urgency=Urgency.URGENT, plan_fee=1900)
    assert amounts(covered) == [(LineKind.COVERED, 0)]


def test_of_several_experts_each_is_billed_by_their_own_work() -> None:
    invoice = bill(Coverage.PAY_PER_JOB, decided(0), work(60, BEN), urgency=Urgency.URGENT)
    assert amounts(invoice) == [
        (LineKind.NOTHING, 0),
        (LineKind.CALL_OUT, 4900),
        (LineKind.TIME, 6400),
        (LineKind.URGENT_FEE, 3900),
    ]
    assert [earning.expert_id for earning in invoice.earnings] == [BEN]


def test_a_line_of_work_that_is_not_billed_names_its_visit() -> None:
    [line] = bill(Coverage.PAY_PER_JOB, decided(0)).lines
    assert (line.kind, line.visit_id) == (LineKind.NOTHING, VISIT)


@pytest.mark.parametrize("coverage", [Coverage.COVERED, Coverage.PAY_PER_JOB])
def test_a_visit_that_nobody_opened_for_costs_its_fee_each_time(coverage: Coverage) -> None:
    asked = bill_of(work(60), coverage=coverage, no_shows=(VISIT, VISIT), no_show_fee=1500)
    without = priced(bill_of(work(60), coverage=coverage), EUROS, None, COMMISSIONS)
    priced_so = priced(asked, EUROS, None, COMMISSIONS)
    fee = Money(amount=1500, currency=Currency.EUR)
    line = InvoiceLine(kind=LineKind.NO_SHOW, amount=fee, visit_id=VISIT)
    assert priced_so.lines == (*without.lines, line, line)
    assert priced_so.earnings == without.earnings, "the expert earns nothing with it"


def test_it_costs_nothing_where_the_policy_says_so_or_the_charge_is_waived() -> None:
    free = bill_of(no_shows=(VISIT,), no_show_fee=0)
    assert priced(free, EUROS, None, COMMISSIONS).total.amount == 0
    waived = bill_of(coverage=Coverage.WAIVED, no_shows=(VISIT,), no_show_fee=1500)
    assert priced(waived, EUROS, None, COMMISSIONS).total.amount == 0


def test_where_nobody_worked_an_urgent_ticket_costs_no_urgent_fee() -> None:
    asked = bill_of(urgency=Urgency.URGENT, no_shows=(VISIT,), no_show_fee=1500)
    asked = asked.model_copy(update={"work": ()})
    assert priced(asked, EUROS, None, COMMISSIONS).total.amount == 1500
