"""What every refusal over HTTP must look like."""

from typing import Any

import httpx2


def refused(answer: httpx2.Response, status: int, code: str, *pointers: str) -> Any:
    """The problem document of an answer, which is the refusal expected: it names the rule by its
    code, and every field to blame by its pointer, or its name where it is not in the body."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["title"]
    assert problem["detail"]
    assert problem["trace_id"]
    errors = problem.get("errors", [])
    assert len(errors) == len(pointers), problem
    for error, blamed in zip(errors, pointers, strict=True):
        assert error.get("pointer") == blamed or blamed == error.get("parameter"), problem
    return problem


def shape(answer: httpx2.Response) -> Any:
    """An answer without what may differ between two that tell the same."""
    body = answer.json()
    for name in ("instance", "trace_id"):
        body.pop(name, None)
    return answer.status_code, answer.headers["content-type"], body
