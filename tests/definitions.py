"""What workflows and activities are called on the wire, and what they take and give.

The SDK keeps what its decorators found in attributes of its own and has no public way to them: this
file alone reads those. What escalations offer depends on their reason, so the rules say it.
"""

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from tests.architecture.source import dotted, modules

WORKFLOW, ACTIVITY = "__temporal_workflow_definition", "__temporal_activity_definition"


class Argument(NamedTuple):
    """What one argument of a handler is, and whether it may be left out."""

    kind: Any
    optional: bool


class Signature(NamedTuple):
    """What somebody sends, and what they are answered."""

    takes: tuple[Argument, ...]
    gives: Any


@cache
def signatures() -> Mapping[str, Signature]:
    """Everything that has a name on the wire, such as `update Ticket.propose`."""
    return {label: _signature(handler) for label, handler in _handlers()}


def defined(room: str) -> Iterator[type]:
    """The classes that the modules of a room define."""
    for path in modules(room):
        module = importlib.import_module(dotted(path))
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


def _handlers() -> Iterator[tuple[str, Callable[..., Any]]]:
    for kind in defined("workflows"):
        if WORKFLOW in vars(kind):
            yield from _of_workflow(getattr(kind, WORKFLOW))
    for kind in defined("activities"):
        for _, method in inspect.getmembers(kind, inspect.isfunction):
            if found := getattr(method, ACTIVITY, None):
                yield f"activity {found.name}", method


def _of_workflow(found: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield f"workflow {found.name}", found.run_fn
    parts = {"signal": found.signals, "query": found.queries, "update": found.updates}
    for what, handlers in parts.items():
        for name, handler in handlers.items():
            yield f"{what} {found.name}.{name}", handler.fn


def _signature(handler: Callable[..., Any]) -> Signature:
    hints = get_type_hints(handler, include_extras=True)
    takes = tuple(
        Argument(_read_as(hints[name]), parameter.default is not parameter.empty)
        for name, parameter in inspect.signature(handler).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_POSITIONAL
    )
    return Signature(takes, hints["return"])


def _read_as(hint: Any) -> Any:
    """A signal takes anything, for it cannot be refused: what it is read as stands beside it."""
    if get_origin(hint) is Annotated and get_args(hint)[0] is Any:
        return get_args(hint)[1]
    return hint
