"""What can be refused, and why.

    DomainError
    ├── Invalid        the request can never be right                          422
    ├── Forbidden      the actor may not do this                               403
    ├── NotFound       nothing of that name, or not for this actor             404
    ├── Conflict       right request, wrong moment: the state refuses it       409
    ├── RateLimited    too many of these                                       429
    └── Unavailable    the same request succeeds later with nobody's help      503
        └── Kept       it does, without being sent again             202 where promised

`code` is stable and public: the rule that refuses, the Temporal failure and the HTTP problem carry
the same one. Evidence is public too: name the channel, never the phone number.
"""

from enum import StrEnum
from typing import Any, ClassVar


class Category(StrEnum):
    """The closed axis of refusals."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal with a stable code.

    Args:
        code: kebab-case, never changed once published.
        detail: one sentence for a person, naming the rule.
        field: where one field is to blame, JSON pointer into the request body (all of it where
            that is a file), or the name of a parameter or a header.
        evidence: public facts that help to mend the request.
    """

    category: ClassVar[Category]

    def __init__(
        self, code: str, detail: str, *, field: str | None = None, **evidence: Any
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.evidence = evidence


class Invalid(DomainError):
    """The request can never be right."""

    category = Category.INVALID


class Forbidden(DomainError):
    """The actor may not do this."""

    category = Category.FORBIDDEN


class NotFound(DomainError):
    """Nothing of that name exists for this actor."""

    category = Category.NOT_FOUND


class Conflict(DomainError):
    """The state of the thing refuses the request."""

    category = Category.CONFLICT


class RateLimited(DomainError):
    """Too many of these; `retry_after` seconds in the evidence."""

    category = Category.RATE_LIMITED


class Unavailable(DomainError):
    """The same request succeeds later with nobody changing anything: the only retryable one."""

    category = Category.UNAVAILABLE


class Kept(Unavailable):
    """Nobody could see to it now. It is written down where nothing is lost, and goes on by itself:
    the same request again changes nothing about that."""

    @classmethod
    def of(cls, away: Unavailable) -> "Kept":
        """What is kept for somebody who is away for this reason."""
        return cls(away.code, away.detail, field=away.field, **away.evidence)


def domain_error(
    category: Category, code: str, detail: str, field: str | None, evidence: dict[str, Any]
) -> DomainError:
    """The error of a category, as it stood before it crossed a wire."""
    kinds: dict[Category, type[DomainError]] = {
        kind.category: kind
        for kind in (Invalid, Forbidden, NotFound, Conflict, RateLimited, Unavailable)
    }
    return kinds[category](code, detail, field=field, **evidence)
