"""What cannot have happened in that order."""

from datetime import timedelta

import pytest

from models.errors import Invalid
from models.field import FactKind
from models.rules.visit.fieldwork import reported
from tests.models.rules.stories import (
    NOW,
    UNHURRIED,
    after,
    fact,
    refused,
    scheduled,
)

K = FactKind
MINUTE = timedelta(minutes=1)
PATIENT = UNHURRIED.but(correction_window=10 * MINUTE)


@pytest.mark.parametrize(
    ("known", "kind", "minutes"),
    [
        ([K.ON_SITE], K.CANNOT_ARRIVE, 1),
        ([K.STARTED], K.CANNOT_ARRIVE, 1),
        ([K.ON_SITE], K.CANNOT_ARRIVE, 0),
        ([K.STARTED], K.CANNOT_ENTER, 1),
        ([], K.CANNOT_ENTER, 1),
        ([K.EN_ROUTE], K.CANNOT_ENTER, 1),
    ],
)
def test_what_no_delay_explains_is_refused(
    known: list[FactKind], kind: FactKind, minutes: int
) -> None:
    ticket = after(scheduled(), *known)
    said = fact(kind, at=NOW + minutes * MINUTE)
    out_of_sequence = (Invalid, "report-out-of-sequence", "/type", {})
    assert refused(lambda: reported(ticket, said, NOW + minutes * MINUTE)) == out_of_sequence


@pytest.mark.parametrize(
    ("known", "kind", "minutes"),
    [
        ([K.ON_SITE], K.CANNOT_ARRIVE, -1),
        ([K.EN_ROUTE], K.CANNOT_ARRIVE, 1),
        ([K.ON_SITE], K.CANNOT_ENTER, 1),
        ([K.ON_SITE], K.CANNOT_ENTER, -1),
        ([K.STARTED], K.CANNOT_ENTER, -1),
        ([K.ON_SITE], K.NEED_MORE_TIME, 1),
        ([K.STARTED], K.NEED_MORE_TIME, -1),
        ([K.EN_ROUTE], K.NEED_MORE_TIME, 1),
        ([], K.NEED_MORE_TIME, 1),
    ],
)
def test_what_came_late_is_taken(known: list[FactKind], kind: FactKind, minutes: int) -> None:
    ticket = after(scheduled(), *known)
    at = NOW + minutes * MINUTE
    ticket, answer = reported(ticket, fact(kind, at=at), NOW + MINUTE)
    assert not answer.repeated
    assert ticket.visits[0].facts[-1].kind is kind


@pytest.mark.parametrize("kind", [K.CANNOT_ARRIVE, K.CANNOT_ENTER, K.NEED_MORE_TIME, K.STARTED])
@pytest.mark.parametrize("end", [K.COMPLETED, K.INCOMPLETE])
def test_after_the_end_nothing_is_refused_for_its_place(end: FactKind, kind: FactKind) -> None:
    ticket = after(scheduled(policies=PATIENT), end)
    ticket, answer = reported(ticket, fact(kind, at=NOW + MINUTE), NOW + MINUTE)
    assert (answer.recorded_only, answer.out_of_order) == (True, False)
