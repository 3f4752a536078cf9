"""What is changed on the way between the Temporal UI and the browser.

Bodies of writes are made anew from what we know in them: a field of that name twice, under its
other name, or unheard of, is not sent on.
"""

import json
from collections.abc import Mapping
from typing import Any

from api.web.desk.verdict import Intent, NotAllowed, Passage
from models.actor import Actor, Role
from temporal.ids import signed

_KEPT: Mapping[Intent, tuple[str, ...]] = {
    Intent.TERMINATE: ("reason", "firstExecutionRunId"),
    Intent.CANCEL: ("reason", "requestId"),
    Intent.RESET: (
        "reason",
        "requestId",
        "workflowTaskFinishEventId",
        "resetReapplyType",
        "resetReapplyExcludeTypes",
    ),
}
_FOR_NOBODY = (
    "ActivityCommandsDisabled",
    "BatchActionsDisabled",
    "StartWorkflowDisabled",
    "WorkflowPauseDisabled",
    "WorkflowSignalDisabled",
)
_FOR_ADMINS = ("WorkflowCancelDisabled", "WorkflowResetDisabled", "WorkflowTerminateDisabled")


def update_id(actor: Actor, nonce: str) -> str:
    """The id of an update, by which the workflow knows who sent it."""
    return signed(actor, nonce)


def signed_update(body: bytes, passage: Passage, actor: Actor, nonce: str) -> bytes:
    """An update that says who sends it, whatever it said before.

    Raises:
        NotAllowed: 400, this is no update.
    """
    document = _document(body)
    request = document.get("request")
    given = request.get("input") if isinstance(request, dict) else None
    if not isinstance(given, dict):
        raise _malformed()
    entry = {"name": passage.name, **_only(given, ("args",))}
    meta = {"updateId": update_id(actor, nonce), "identity": actor.id}
    return _encoded(
        {
            "workflowExecution": _execution(document, passage),
            **_only(document, ("waitPolicy",)),
            "request": {"meta": meta, "input": entry},
        }
    )


def signed_command(body: bytes, passage: Passage, actor: Actor) -> bytes:
    """A termination, cancellation or reset that says who sends it.

    Raises:
        NotAllowed: 400, the body cannot be read.
    """
    document = _document(body)
    kept = _only(document, _KEPT[passage.intent])
    execution = _execution(document, passage)
    return _encoded({**kept, "workflowExecution": execution, "identity": actor.id})


def settings_for(role: Role, body: bytes, namespace: str) -> bytes:
    """The UI's settings, with the buttons hidden that this role may not use.

    Raises:
        ValueError: these are no settings.
    """
    settings = json.loads(body)
    if not isinstance(settings, dict):
        raise ValueError("not settings")
    settings.update(
        {
            "DefaultNamespace": namespace,
            "DisableNewsFetch": True,
            "DisableWriteActions": False,
            "WorkflowUpdateDisabled": False,
            **dict.fromkeys(_FOR_NOBODY, True),
            **dict.fromkeys(_FOR_ADMINS, role is not Role.ADMIN),
        }
    )
    return _encoded(settings)


def is_answered(body: bytes) -> bool:
    """Whether an update's answer says how it ended."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and bool(document.get("outcome"))


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(document, dict):
        raise _malformed()
    return document


def _execution(document: Mapping[str, Any], passage: Passage) -> dict[str, str]:
    given = document.get("workflowExecution")
    run = given.get("runId") if isinstance(given, dict) else None
    known = {"runId": run} if isinstance(run, str) and run else {}
    return {"workflowId": passage.workflow_id, **known}


def _only(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names if document.get(name) is not None}


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _malformed() -> NotAllowed:
    return NotAllowed(400, "This cannot be read as JSON. Reload the page and try again.")
