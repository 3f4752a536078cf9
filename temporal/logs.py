"""How every process logs: structlog, for our own events and for the libraries' alike.

Personal data does not belong in a log line. The processor that drops what looks like it is a belt,
not the trousers: log ids and codes.
"""

import logging
import re
import sys
from typing import Any, Literal

import structlog
from pydantic import BaseModel
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow

_PERSONAL = frozenset(
    {
        "address",
        "body",
        "city",
        "contact",
        "customer_name",
        "description",
        "display_name",
        "expert_name",
        "first_name",
        "full_name",
        "last_name",
        "lat",
        "latitude",
        "lng",
        "longitude",
        "name",
        "note",
        "notes",
        "postcode",
        "recipient",
        "signature",
        "street",
        "subject",
        "text",
    }
)
_PERSONAL_WORDS = frozenset({"authorization", "email", "password", "phone", "secret", "token"})
_QUOTED_VALUES = re.compile(
    r"(input_value=).*?(?=, input_type=)|(\[parameters: ).*?(?=\]$)|(DETAIL:  ).*?$",
    re.DOTALL | re.MULTILINE,
)
"""Where Pydantic, SQLAlchemy and Postgres repeat in an error what they were given."""
_OURS = re.compile(r"(?:ticket|billing)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_TALKATIVE = ("authlib", "httpcore2", "httpx2", "twilio", "urllib3")


def configure(format: Literal["json", "console"], level: str) -> None:
    """Send every logger of the process to stderr, one line per event. May be called again.

    Args:
        format: `json` for machines, `console` for a person.
        level: DEBUG, INFO, WARNING, ERROR or CRITICAL.

    Raises:
        ValueError: there is no such level.
    """
    least = logging.getLevelNamesMapping().get(level.upper())
    if least is None:
        raise ValueError(f"no log level {level!r}: DEBUG, INFO, WARNING, ERROR or CRITICAL")
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_whereabouts,
        drop_personal,
        TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    structlog.configure(
        processors=[*steps, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=steps,
            processors=[ProcessorFormatter.remove_processors_meta, *_rendering(format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    _gather(least)


def _rendering(format: Literal["json", "console"]) -> list[Processor]:
    exceptions: list[Processor] = [ExceptionRenderer(), hide_quoted_values]
    if format == "json":
        return [*exceptions, JSONRenderer(ensure_ascii=False)]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [*exceptions, console]


def _gather(least: int) -> None:
    """Have the libraries' loggers go through the root; the API writes its own access log."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "temporalio"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = name != "uvicorn.access"
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(least, logging.WARNING))
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False
    logging.captureWarnings(True)


def add_whereabouts(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Name the workflow or activity that speaks: ticket_id, workflow_id, run_id, attempt…"""
    place: dict[str, object] = {}
    if activity.in_activity():
        task = activity.info()
        place = {
            "workflow_id": task.workflow_id,
            "run_id": task.workflow_run_id,
            "activity": task.activity_type,
            "attempt": task.attempt,
        }
    elif workflow.in_workflow():
        told = workflow.info()
        place = {"workflow_id": told.workflow_id, "run_id": told.run_id, "attempt": told.attempt}
    for key, value in place.items():
        event.setdefault(key, value)
    if ours := _OURS.match(str(event.get("workflow_id"))):
        event.setdefault("ticket_id", f"tkt_{ours[1]}")
    return event


def drop_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop what is known to hold personal data, at any depth, and say which keys they were."""
    dropped: set[str] = set()
    kept = {key: _without(value, dropped) for key, value in event.items() if _fit(key, dropped)}
    if dropped:
        kept["dropped"] = sorted(dropped)
    return kept


def _without(value: Any, dropped: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, dropped) for k, v in value.items() if _fit(str(k), dropped)}
    if isinstance(value, list | tuple):
        return [_without(item, dropped) for item in value]
    if isinstance(value, BaseModel):
        return f"<{type(value).__name__}>"
    return value


def _fit(key: str, dropped: set[str]) -> bool:
    plain = key.lower()
    if plain in _PERSONAL or not _PERSONAL_WORDS.isdisjoint(plain.split("_")):
        dropped.add(key)
        return False
    return True


def hide_quoted_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut out of a stack trace's messages the values they quote."""
    if "exception" in event:
        event["exception"] = _QUOTED_VALUES.sub(
            lambda found: f"{found[1] or found[2] or found[3]}…", event["exception"]
        )
    return event
