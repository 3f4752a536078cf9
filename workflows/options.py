"""Named patience: how long each kind of effect is tried, and who gives up."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy


class LocalOptions(TypedDict):
    """Keyword arguments of `workflow.execute_local_activity_method`."""

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


DATABASE = LocalOptions(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2.0,
        maximum_interval=timedelta(seconds=30),
    ),
)
"""Our own database and our own Temporal: tried for ever, because what was decided is true."""


class ActivityOptions(LocalOptions):
    """Keyword arguments of `workflow.execute_activity_method`."""

    schedule_to_close_timeout: timedelta


HOUSE = ActivityOptions(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(minutes=5),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=500), maximum_interval=timedelta(seconds=30)
    ),
)
"""One workflow of ours asks another for what a person decided: they are told if it cannot be
done while they still remember."""

LOOK = ActivityOptions(
    start_to_close_timeout=timedelta(minutes=1),
    schedule_to_close_timeout=timedelta(minutes=4),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
)
"""A look that comes again by itself: given up before the next one begins."""
