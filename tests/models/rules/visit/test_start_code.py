"""Work begins with the code that the customer has."""

from datetime import timedelta

import pytest

from models.errors import Forbidden, Invalid
from models.field import FactKind, StartCode
from models.rules.visit.fieldwork import reported
from models.ticket import Attention, Ticket
from models.visit import VisitState
from temporal.start_codes import StartCodes
from tests.models.rules.stories import (
    HELPDESK,
    NOW,
    UNHURRIED,
    VISIT,
    fact,
    named,
    refused,
    scheduled,
)

K, C = FactKind, StartCode
GUARDED = UNHURRIED.but(start_code=True)
LATE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def begun(
    code: StartCode | None,
    kind: FactKind = K.STARTED,
    *,
    late: timedelta = timedelta(0),
    asked: bool = True,
    guarded: bool = True,
) -> Ticket:
    ticket = scheduled(policies=GUARDED if guarded else UNHURRIED)
    told = fact(kind, start_code=code).model_copy(update={"received_at": NOW + late})
    return reported(ticket, told, NOW + late, asked=asked)[0]


@pytest.mark.parametrize("kind", [K.STARTED, K.START_PARTIAL])
def test_with_the_right_code_work_begins(kind: FactKind) -> None:
    ticket = begun(C.RIGHT, kind)
    assert ticket.visits[0].state is VisitState.IN_PROGRESS
    assert ticket.filing.attention == ()


@pytest.mark.parametrize("kind", [K.STARTED, K.START_PARTIAL])
@pytest.mark.parametrize("code", [C.WRONG, C.MISSING, None])
def test_without_it_nobody_begins(kind: FactKind, code: StartCode | None) -> None:
    kind_, said, field, _ = refused(lambda: begun(code, kind, late=LATE))
    assert (kind_, said, field) == (Forbidden, "start-code-wrong", "/start_code")


@pytest.mark.parametrize("kind", [k for k in K if k not in (K.STARTED, K.START_PARTIAL)])
def test_whatever_else_is_reported_needs_none(kind: FactKind) -> None:
    ticket = scheduled(policies=GUARDED)
    if kind in (K.CANNOT_ENTER, K.NEED_MORE_TIME):
        ticket, _ = reported(ticket, fact(K.ON_SITE), NOW)
    ticket, _ = reported(ticket, fact(kind), NOW)
    assert ticket.filing.attention == ()


def test_where_no_policy_wants_one_none_is_looked_at() -> None:
    assert begun(C.WRONG, guarded=False).filing.attention == ()


@pytest.mark.parametrize(
    ("code", "late", "asked"),
    [(C.WRONG, LATE + SECOND, True), (C.MISSING, LATE + SECOND, True), (C.WRONG, SECOND, False)],
)
def test_what_happened_without_coverage_is_taken_and_somebody_looks_at_it(
    code: StartCode, late: timedelta, asked: bool
) -> None:
    ticket = begun(code, late=late, asked=asked)
    assert ticket.visits[0].state is VisitState.IN_PROGRESS
    assert ticket.filing.attention == (Attention.START_CODE_WRONG,)
    assert begun(C.RIGHT, late=late, asked=asked).filing.attention == ()


def test_the_helpdesk_begins_for_them_with_a_reason() -> None:
    ticket = scheduled(policies=GUARDED)
    told = fact(K.STARTED).model_copy(update={"by": HELPDESK})
    assert refused(lambda: reported(ticket, told, NOW))[:3] == (
        Invalid,
        "reason-missing",
        "/reason",
    )
    with_words = told.model_copy(update={"report_id": "rpt_1"})
    assert reported(ticket, with_words, NOW)[0].visits[0].state is VisitState.IN_PROGRESS


def test_the_same_report_with_another_code_is_the_same_report() -> None:
    ticket = begun(C.RIGHT)
    _, answer = reported(ticket, fact(K.STARTED, start_code=C.MISSING), NOW)
    assert answer.repeated


def test_whoever_sets_out_is_known_to_need_one() -> None:
    for policies, stated in ((GUARDED, True), (UNHURRIED, None)):
        ticket, _ = reported(scheduled(policies=policies), fact(K.EN_ROUTE), NOW)
        assert ticket.news[-1].data.get("start_code") is stated


# The codes.


def test_a_code_has_four_digits_and_is_the_visits_own() -> None:
    codes = StartCodes("secret")
    known = {codes.code(named("vis", n)) for n in range(200)}
    assert all(len(code) == 4 and code.isdigit() for code in known)
    assert len(known) > 150
    assert codes.code(VISIT) == StartCodes("secret").code(VISIT)
    assert codes.code(VISIT) != StartCodes("other").code(VISIT)


def test_a_code_is_right_whichever_key_made_it() -> None:
    old, both = StartCodes("old"), StartCodes("new", "old")
    assert both.judged(VISIT, old.code(VISIT)) is C.RIGHT
    assert both.judged(VISIT, both.code(VISIT)) is C.RIGHT
    assert StartCodes("new").judged(VISIT, old.code(VISIT)) is C.WRONG
    assert both.judged(VISIT, None) is C.MISSING
