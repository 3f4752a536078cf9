"""Which flags there are, and for whom one is asked."""

import pytest

from models.errors import NotFound
from models.flag import KNOWN, FlagSubject, flag_of

DEFAULTS = {
    "auto_offer_slots": False,
    "degraded_mode": False,
    "fee_raise": False,
    "maps.primary": True,
    "messages.email": True,
    "messages.sms": True,
    "start_code": False,
}


def test_every_flag_has_its_default_and_says_what_it_means() -> None:
    assert {key: flag.default for key, flag in KNOWN.items()} == DEFAULTS
    for key, flag in KNOWN.items():
        assert flag == flag_of(key)
        assert flag.means.endswith(".")


@pytest.mark.parametrize("name", ["7", "int_019b8d66-2400-77b5-ac3e-52b70ac3b6cb", "i" * 80])
def test_an_integration_works_until_somebody_says_otherwise(name: str) -> None:
    flag = flag_of(f"integration.{name}")
    assert (flag.key, flag.default) == (f"integration.{name}", True)


@pytest.mark.parametrize(
    "key",
    [
        *("", "maps", "maps.secondary", "START_CODE", "start_code ", "start_code\n"),
        *("integration", "integration.", "integration." + "i" * 81, "integration.a.b"),
        *("integration.a\n", "integration.ü", "xintegration.a"),
    ],
)
def test_what_is_no_flag_is_unknown(key: str) -> None:
    with pytest.raises(NotFound) as refused:
        flag_of(key)
    assert refused.value.code == "flag-unknown"


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (FlagSubject(customer="cus_1", zone="berlin", integration="int_1"), "cus_1"),
        (FlagSubject(zone="berlin", integration="int_1"), "int_1"),
        (FlagSubject(zone="berlin"), "berlin"),
        (FlagSubject(), "house"),
    ],
)
def test_a_share_is_drawn_by_the_nearest_that_is_known(subject: FlagSubject, key: str) -> None:
    assert subject.key == key
