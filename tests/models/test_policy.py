"""How short a policy may be."""

from datetime import timedelta

from models.promise.policy import NORMAL, URGENT, Policies, least_of


def test_only_what_nobody_misses_may_be_none() -> None:
    durations = [name for name, value in Policies() if isinstance(value, timedelta)]
    none = {name for name in durations if least_of(name) == timedelta(0)}
    assert none == {
        *("match_hold", "min_lead", "reschedule_cutoff"),
        *("correction_window", "first_refusal"),
    }
    others = {least_of(name) for name in durations if name not in none}
    assert others == {timedelta(seconds=1)}


def test_our_own_policies_are_long_enough() -> None:
    for policies in (NORMAL, URGENT):
        durations = {k: v for k, v in policies if isinstance(v, timedelta)}
        assert all(value >= least_of(name) for name, value in durations.items())
