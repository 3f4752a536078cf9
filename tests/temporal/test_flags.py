"""For whom a flag is on: switched, by share, by list; and what is known after a restart."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from models.errors import NotFound
from models.flag import KNOWN, FlagSubject, Rollout
from temporal.flags import Flags

SUBJECTS = [FlagSubject(customer=f"cus_{number}", zone="berlin") for number in range(1000)]
ADA = FlagSubject(customer="cus_ada", zone="berlin", integration="int_1")
BOB = FlagSubject(customer="cus_bob", zone="sydney", integration="int_2")
LONGEST = 50e-6
"""Seconds that one question may take."""


def switched(key: str = "start_code", *, on: bool = True, **more: object) -> Flags:
    flags = Flags()
    flags.take({key: Rollout.model_validate({"on": on, **more})})
    return flags


def share(percent: int, key: str = "start_code", of: int = 1000) -> set[str]:
    """The subjects that a flag is on for."""
    flags = switched(key, percent=percent)
    return {subject.key for subject in SUBJECTS[:of] if flags.is_on(key, subject)}


def test_a_flag_that_nobody_switched_has_its_default() -> None:
    flags = Flags()
    for subject in (ADA, BOB, FlagSubject()):
        assert {key: flags.is_on(key, subject) for key in KNOWN} == {
            key: flag.default for key, flag in KNOWN.items()
        }
        assert flags.is_on("integration.int_1", subject)


def test_a_flag_that_is_not_known_is_not_asked() -> None:
    with pytest.raises(NotFound):
        Flags().is_on("start_cod")


def test_a_flag_that_is_switched_is_so_for_everybody() -> None:
    for key in (*KNOWN, "integration.int_1"):
        for on in (True, False):
            flags = switched(key, on=on)
            assert {flags.is_on(key, subject) for subject in (ADA, BOB, FlagSubject())} == {on}


def test_what_is_off_is_off_for_whoever_is_listed_too() -> None:
    assert not switched(on=False, customers=["cus_ada"]).is_on("start_code", ADA)
    assert not switched(on=False, percent=100).is_on("start_code", ADA)


@pytest.mark.parametrize(
    "listed", [{"customers": ["cus_ada"]}, {"zones": ["berlin"]}, {"integrations": ["int_1"]}]
)
def test_a_list_names_whom_it_is_on_for_whatever_the_share(listed: dict[str, object]) -> None:
    flags = switched(percent=0, **listed)
    assert flags.is_on("start_code", ADA)
    assert not flags.is_on("start_code", BOB)
    assert not flags.is_on("start_code")


def test_a_name_is_looked_for_on_the_list_of_its_kind() -> None:
    flags = switched(percent=0, customers=["berlin"], zones=["int_1"], integrations=["cus_ada"])
    assert not flags.is_on("start_code", ADA)


def test_a_list_of_one_flag_is_not_that_of_another() -> None:
    flags = Flags()
    listed, nobody = Rollout(on=True, percent=0, zones=("berlin",)), Rollout(on=True, percent=0)
    flags.take({"start_code": listed, "fee_raise": nobody})
    assert flags.is_on("start_code", ADA)
    assert not flags.is_on("fee_raise", ADA)


def test_a_growing_share_only_adds_and_is_about_as_large_as_it_says() -> None:
    before: set[str] = set()
    for percent in (0, 1, 2, 10, 25, 50, 75, 90, 99, 100):
        now = share(percent)
        assert before <= now, percent
        likely = (10 * percent * (1 - percent / 100)) ** 0.5
        assert abs(len(now) - 10 * percent) <= 4 * likely, percent
        before = now


def test_no_step_of_a_growing_share_takes_anybody_out() -> None:
    before: set[str] = set()
    for percent in range(101):
        now = share(percent, of=50)
        assert before <= now, percent
        before = now


def test_a_subject_has_its_place_in_every_process_and_release() -> None:
    """A release that drew lots anew would switch flags for everybody."""
    first = ["cus_112", "cus_19", "cus_296", "cus_374", "cus_393", "cus_613", "cus_779", "cus_856"]
    assert sorted(share(1)) == first


def test_a_customer_is_in_or_out_wherever_they_are() -> None:
    flags = switched(percent=50)
    for number in range(50):
        seen = {
            flags.is_on("start_code", FlagSubject(customer=f"cus_{number}", zone=zone))
            for zone in ("berlin", "sydney", None)
        }
        assert len(seen) == 1


def test_two_flags_are_on_for_different_people() -> None:
    one, other = share(50), share(50, "fee_raise")
    assert 150 < len(one & other) < 350


def fastest(question: Callable[[], object], times: int = 200, rounds: int = 10) -> float:
    """Seconds of CPU that a question takes, at best."""
    best = float("inf")
    for _ in range(rounds):
        began = time.thread_time()
        for _ in range(times):
            question()
        best = min(best, (time.thread_time() - began) / times)
    return best


def test_a_question_costs_next_to_nothing_however_long_the_lists_are() -> None:
    names = [f"cus_{number}" for number in range(500)]
    flags = switched(percent=30, customers=names, integrations=names)
    assert fastest(lambda: flags.is_on("start_code", BOB)) < LONGEST
    assert fastest(lambda: flags.is_on("fee_raise", BOB)) < LONGEST


def test_what_was_last_heard_is_known_after_a_restart(tmp_path: Path) -> None:
    copy = tmp_path / "house" / "flags.json"
    Flags(copy).take({"start_code": Rollout(on=True, percent=0, zones=("berlin",))})
    again = Flags(copy)
    assert again.is_on("start_code", ADA)
    assert not again.is_on("start_code", BOB)
    again.take({})
    assert not Flags(copy).is_on("start_code", ADA)
    assert [path.name for path in copy.parent.iterdir()] == ["flags.json"]


def test_what_is_no_news_is_not_written_again(tmp_path: Path) -> None:
    copy = tmp_path / "flags.json"
    heard = {"start_code": Rollout(on=True)}
    with capture_logs() as logs:
        flags = Flags(copy)
        flags.take({})
        assert not copy.exists()
        flags.take(heard)
        copy.unlink()
        flags.take(heard)
        assert not copy.exists()
    assert [entry["flags"] for entry in logs] == [["start_code"]]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"start_code": {"on": "perhaps"}}'])
def test_a_copy_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "flags.json"
    copy.write_bytes(content)
    with capture_logs() as logs:
        assert not Flags(copy).is_on("start_code")
    assert [entry["event"] for entry in logs] == ["flags_unreadable"]


def test_a_copy_of_a_newer_release_is_read(tmp_path: Path) -> None:
    copy = tmp_path / "flags.json"
    copy.write_bytes(b'{"start_code": {"on": true, "since": 7}, "teleport": {"on": true}}')
    assert Flags(copy).is_on("start_code")


def test_where_no_copy_can_be_kept_flags_are_heard_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    flags = Flags(tmp_path / "file" / "flags.json")
    with capture_logs() as logs:
        flags.take({"start_code": Rollout(on=True)})
    assert flags.is_on("start_code")
    assert [entry["event"] for entry in logs] == ["flags_changed", "flags_not_kept"]
