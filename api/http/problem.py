"""The problem document itself, and what OpenAPI tells of it."""

from typing import Any

from pydantic import BaseModel, Field


def _is_none(value: object) -> bool:
    return value is None


class FieldError(BaseModel):
    """One place that is to blame: a JSON pointer into the body, or the name of a parameter or a
    header; the other of the two is left out, in a document within another, too."""

    pointer: str | None = Field(default=None, exclude_if=_is_none)
    parameter: str | None = Field(default=None, exclude_if=_is_none)
    code: str
    detail: str


def _fact(description: str, **schema: Any) -> dict[str, Any]:
    return {**schema, "description": description}


_MOMENT = {"type": "string", "format": "date-time"}
_EVIDENCE: dict[str, Any] = {
    "allowed": _fact(
        "What is possible in its place: commands of the state (`illegal-transition`), roles "
        "(`role-not-allowed`), actions (`action-not-allowed`), topics (`not-declinable`).",
        type="array",
        items={"type": "string"},
    ),
    "state": _fact("Where what was asked stands (`illegal-transition`).", type="string"),
    "options": _fact(
        "What can be done in its place (`next-visit-affected`): end by `finish_by`, for which "
        "`minutes` more would be granted, or leave the rest to a follow-up.",
        type="array",
        items={
            "type": "object",
            "properties": {
                "finish_by": _fact("The latest end for which there is room.", **_MOMENT),
                "minutes": _fact(
                    "What `need_more_time` may ask for to end then; 0, if nothing.", type="integer"
                ),
                "follow_up": _fact("Report `incomplete`: there is another visit.", type="boolean"),
            },
        },
    ),
    "next_at": _fact(
        "From when what is next needs somebody (`next-visit-affected`); null, if unknown.",
        anyOf=[_MOMENT, {"type": "null"}],
    ),
    "until": _fact(
        "Until when it was possible (`correction-too-late`), or when it is again "
        "(`start-code-locked`).",
        **_MOMENT,
    ),
    "bound": _fact(
        "The time that `occurred_at` may not pass (`occurred-too-early`).",
        **_MOMENT,
    ),
    "retry_after": _fact("Seconds, as `Retry-After` has them.", type="number"),
}


class Problem(BaseModel):
    """A refusal. `type` resolves to an article that explains `code` and its remedy."""

    type: str = Field(description="The address of the article of this `code`.")
    title: str = Field(description="The code in words, always the same.")
    status: int = Field(description="As the answer has it.")
    code: str = Field(description="Stable. Decide by it; an operation lists those it answers.")
    detail: str = Field(description="One sentence for a person. Never decide by it.")
    instance: str = Field(description="The path that was asked.")
    errors: list[FieldError] = Field(default=[], description="The places to blame, if any.")
    trace_id: str = Field(description="Names the request in our logs and in the timeline.")
    evidence: dict[str, Any] = Field(
        default={},
        description="Public facts that help to mend the request; which, depends on `code`. Those "
        "that programs go by are described; all others are for people. Moments are UTC.",
        json_schema_extra={"properties": _EVIDENCE},
    )
