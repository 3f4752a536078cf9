"""Flags, as every process asks them: without a word to anybody, by what was last heard.

What was heard is kept on disk, so a process that starts while Postgres is away goes on with it.
Evaluated through OpenFeature, the share of a subject by flagd's own hash: the same subject has the
same place in a flag, in every process and release.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import structlog
from openfeature import api
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata
from pydantic import TypeAdapter

from models.flag import EVERYTHING, THE_HOUSE, FlagSubject, Rollout, Rollouts, flag_of
from temporal.last_known import keep

log = structlog.get_logger("temporal.flags")

_COPY: TypeAdapter[dict[str, Rollout]] = TypeAdapter(dict[str, Rollout])
_T = TypeVar("_T")


class Flags:
    """What is on, and for whom. Safe to share between threads.

    Args:
        last_known: the file that what was heard outlives the process in; processes of one machine
            may share it. None to forget it with the process.
    """

    def __init__(self, last_known: Path | None = None) -> None:
        self._last_known = last_known
        self._heard: Rollouts = {}
        self._provider = _Provider()
        # Of its own: two houses in one process do not hear of each other.
        domain = f"flags {id(self._provider)}"
        api.set_provider_and_wait(self._provider, domain)
        self._client = api.get_client(domain)
        if last_known is not None and last_known.exists():
            try:
                self._follow(_COPY.validate_json(last_known.read_bytes()))
            except (OSError, ValueError) as error:
                log.warning("flags_unreadable", error=type(error).__name__)

    def is_on(self, key: str, subject: FlagSubject = THE_HOUSE) -> bool:
        """Whether a flag is on for a subject: what was last heard, or else its default.

        Raises:
            NotFound: `flag-unknown`.
        """
        return self._client.get_boolean_value(key, flag_of(key).default, _asked(subject))

    def take(self, rollouts: Rollouts) -> None:
        """What is said of flags now; it is kept if it is news."""
        heard = self._heard
        changed = sorted(k for k in {*rollouts, *heard} if rollouts.get(k) != heard.get(k))
        if not changed:
            return
        self._follow(rollouts)
        log.info("flags_changed", flags=changed)
        if self._last_known is not None:
            try:
                keep(self._last_known, _COPY.dump_json(dict(rollouts)))
            except OSError as error:
                log.warning("flags_not_kept", error=type(error).__name__)

    def _follow(self, rollouts: Rollouts) -> None:
        self._heard = dict(rollouts)
        self._provider.follow(rollouts)


class FlagsAsSaid:
    """What is on by certain rollouts, and for whom, whatever anybody hears later."""

    def __init__(self, rollouts: Rollouts) -> None:
        self._said = frozenset(rollouts)
        self._provider = _Provider()
        self._provider.follow(rollouts)

    def is_on(self, key: str, subject: FlagSubject = THE_HOUSE) -> bool:
        """Whether a flag is on for a subject.

        Raises:
            NotFound: `flag-unknown`.
        """
        default = flag_of(key).default
        if key not in self._said:
            return default
        return bool(self._provider.resolve_boolean_details(key, default, _asked(subject)).value)


def _asked(subject: FlagSubject) -> EvaluationContext:
    return EvaluationContext(subject.key, subject.model_dump(exclude_none=True))


class _Known(NamedTuple):
    """What is evaluated: the definitions, and who is listed, by flag and kind."""

    core: FlagdCore
    listed: Mapping[str, Mapping[str, frozenset[str]]]


class _Provider(AbstractProvider):
    """OpenFeature's way to our rollouts."""

    def __init__(self) -> None:
        super().__init__()
        self._known = _Known(FlagdCore(), {})

    def follow(self, rollouts: Rollouts) -> None:
        """Evaluate by these from now on."""
        core = FlagdCore()
        core.set_flags({"flags": {key: _definition(said) for key, said in rollouts.items()}})
        self._known = _Known(core, {key: _lists(said) for key, said in rollouts.items()})

    def get_metadata(self) -> Metadata:
        """See base class."""
        return Metadata("rollouts")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """See base class. flagd goes through a list name by name, and a list may be long."""
        known, asked = self._known, evaluation_context or EvaluationContext()
        lists = known.listed.get(flag_key, {})
        listed = any(asked.attributes.get(kind) in names for kind, names in lists.items())
        context = EvaluationContext(asked.targeting_key, {"listed": listed})
        return known.core.resolve_boolean_value(flag_key, default_value, context)

    def _is_not_asked(
        self, flag_key: str, default_value: _T, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[_T]:
        """Flags here are on or off."""
        return FlagResolutionDetails(
            default_value, reason=Reason.ERROR, error_code=ErrorCode.TYPE_MISMATCH
        )

    resolve_string_details = _is_not_asked
    resolve_integer_details = _is_not_asked
    resolve_float_details = _is_not_asked
    resolve_object_details = _is_not_asked


def _lists(said: Rollout) -> Mapping[str, frozenset[str]]:
    lists = {
        "customer": frozenset(said.customers),
        "zone": frozenset(said.zones),
        "integration": frozenset(said.integrations),
    }
    return {kind: names for kind, names in lists.items() if names}


def _definition(said: Rollout) -> dict[str, Any]:
    """A rollout as flagd has it. The weights always have one sum, so that a bucket stays in."""
    off = {
        "state": "ENABLED",
        "variants": {"on": True, "off": False},
        "defaultVariant": "off",
    }
    if not said.on:
        return off
    share = {"fractional": [["on", said.percent], ["off", EVERYTHING - said.percent]]}
    return {**off, "targeting": {"if": [{"var": "listed"}, "on", share]}}
