"""How many files are under way at one time."""

from contextlib import ExitStack

import pytest

from api.visit.traffic import Traffic, pieces
from models.errors import Unavailable


def is_full(traffic: Traffic, caller: str) -> bool:
    try:
        with traffic.place(caller):
            return False
    except Unavailable as refusal:
        return refusal.code == "too-busy"


def test_one_caller_has_so_many_places_and_leaves_the_others_to_others() -> None:
    traffic = Traffic(5, of_one_caller=2)
    with ExitStack() as held:
        for _ in range(2):
            assert not is_full(traffic, "ana")
            held.enter_context(traffic.place("ana"))
        assert is_full(traffic, "ana")
        assert not is_full(traffic, "ben")
    assert not is_full(traffic, "ana")


def test_all_callers_together_have_so_many_places() -> None:
    traffic = Traffic(3, of_one_caller=2)
    with ExitStack() as held:
        for caller in ("ana", "ana", "ben"):
            held.enter_context(traffic.place(caller))
        assert is_full(traffic, "ben")
        assert is_full(traffic, "eve")
    assert not is_full(traffic, "eve")


def test_a_place_is_given_back_whatever_went_wrong() -> None:
    traffic = Traffic(1, of_one_caller=1)
    with pytest.raises(RuntimeError), traffic.place("ana"):
        raise RuntimeError
    assert not is_full(traffic, "ana")


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000])
async def test_a_file_is_handed_out_piece_by_piece(size: int) -> None:
    content = bytes(range(256)) * 1000
    handed = [piece async for piece in pieces(content[:size])]
    assert b"".join(handed) == content[:size]
    assert all(0 < len(piece) <= 65_536 for piece in handed)
