"""Refusals across Temporal: a DomainError travels as an ApplicationError of the same code."""

from typing import Any

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError

from models.errors import Category, DomainError, domain_error


class DomainFailureConverter(DefaultFailureConverter):
    """Keeps a refusal's code, category, field and evidence, and drops its stack trace: a refusal is
    an answer, and a person may read it in the Temporal UI."""

    def to_failure(
        self,
        exception: BaseException,
        payload_converter: PayloadConverter,
        failure: Failure,
    ) -> None:
        """See base class."""
        refused = isinstance(exception, DomainError)
        if isinstance(exception, DomainError):
            exception = as_application_error(exception)
        super().to_failure(exception, payload_converter, failure)
        if refused:
            failure.stack_trace = ""


def as_application_error(error: DomainError) -> ApplicationError:
    """The refusal in Temporal's words; only what is unavailable is worth a retry."""
    return ApplicationError(
        error.detail,
        {"category": error.category, "field": error.field, "evidence": error.evidence},
        type=error.code,
        non_retryable=error.category is not Category.UNAVAILABLE,
    )


def as_domain_error(error: BaseException | None) -> DomainError | None:
    """The refusal that came back over Temporal, or None if it was not one."""
    if not isinstance(error, ApplicationError) or not error.details or error.type is None:
        return None
    stated: Any = error.details[0]
    if not isinstance(stated, dict) or "category" not in stated:
        return None
    return domain_error(
        Category(stated["category"]),
        error.type,
        error.message,
        stated.get("field"),
        stated.get("evidence") or {},
    )
