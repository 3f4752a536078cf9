"""What staff may do through the Temporal UI: reading, and the few writes listed here.

A path is taken apart once, judged by its decoded parts, and put together again from those very
parts: what is sent on is what was judged, however it was written.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, unquote

from models.actor import Role
from temporal.ids import is_escalation

_LONGEST_PART = 1000
_OURS = frozenset({"desk", "go", "healthz", "login", "logout", "oidc"})
_WORKFLOW = "/api/v1/namespaces/{namespace}/workflows/{workflow_id}"


class Intent(StrEnum):
    """What a request wants of the Temporal UI."""

    READ = "read"
    QUERY = "query"
    UPDATE = "update"
    TERMINATE = "terminate"
    CANCEL = "cancel"
    RESET = "reset"


_NAMED = frozenset({Intent.QUERY, Intent.UPDATE})
_ADMINS_ONLY: Mapping[str, str] = {
    Intent.TERMINATE: "terminate a workflow",
    Intent.CANCEL: "cancel a workflow",
    Intent.RESET: "reset a workflow",
}


class Passage(NamedTuple):
    """A request that may pass: what it wants, of whom, and the path to send it to."""

    intent: Intent
    path: str
    template: str
    workflow_id: str = ""
    name: str = ""


class NotAllowed(Exception):
    """A request that may not pass, with the sentence that the UI shows."""

    def __init__(self, status: int, words: str, template: str = "other") -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.template = template


def judge(method: str, raw_path: bytes, role: Role, namespace: str) -> Passage:
    """Whether somebody may do this, and the path that says it in one way only.

    Raises:
        NotAllowed: 400, the path is no plain one; 403, this is not for the role, or for nobody;
            404, the path is ours.
    """
    parts = _parts(raw_path)
    if parts[0] in _OURS:
        raise NotAllowed(404, "There is nothing here.")
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    if method in ("GET", "HEAD"):
        return Passage(Intent.READ, path, "read")
    if method != "POST":
        raise _for_nobody()
    return _judge_write(parts, path, role, namespace)


def _judge_write(parts: list[str], path: str, role: Role, namespace: str) -> Passage:
    # Some readers of a path decode before they split it: there, `a%2Fb` would be two parts.
    if any("/" in part or "%" in part for part in parts):
        raise NotAllowed(400, "This address cannot be understood.")
    match parts:
        case ["api", "v1", "namespaces", at, "workflows", workflow_id, wanted, name] if (
            wanted in _NAMED and name
        ):
            template = f"{_WORKFLOW}/{wanted}/{{name}}"
        case ["api", "v1", "namespaces", at, "workflows", workflow_id, wanted] if (
            wanted in _ADMINS_ONLY
        ):
            name, template = "", f"{_WORKFLOW}/{wanted}"
        case _:
            raise _for_nobody()
    passage = Passage(Intent(wanted), path, template, workflow_id, name)
    if at != namespace or not workflow_id:
        raise NotAllowed(403, "This is another company's business.", template)
    if wanted == Intent.UPDATE and not is_escalation(workflow_id):
        raise NotAllowed(
            403,
            "Decisions are made on escalations only. Open the escalation of this ticket: "
            "its id ends with what is asked, such as NO_PROPOSALS.",
            template,
        )
    if wanted in _ADMINS_ONLY and role is not Role.ADMIN:
        raise NotAllowed(403, f"Only an admin may {_ADMINS_ONLY[wanted]}.", template)
    return passage


def _for_nobody() -> NotAllowed:
    return NotAllowed(
        403,
        "This is not possible here. Escalations are answered with More Actions > Send an Update.",
    )


def _parts(raw_path: bytes) -> list[str]:
    """The parts of a path, each decoded once.

    Raises:
        NotAllowed: 400, two readers could read it differently.
    """
    try:
        parts = [unquote(part, errors="strict") for part in raw_path.decode("ascii").split("/")]
    except UnicodeError:
        raise NotAllowed(400, "This address cannot be understood.") from None
    first, *rest = parts
    clear = all(
        part not in ("", ".", "..") and len(part) <= _LONGEST_PART and part.isprintable()
        for part in (rest if rest != [""] else [])
    )
    if first or not rest or not clear or any("\\" in part for part in rest):
        raise NotAllowed(400, "This address cannot be understood.")
    return rest
