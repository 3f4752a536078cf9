"""A page that asks how it was: five choices and a text, once."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from api.http.degraded import not_degraded
from api.http.dependencies import With
from api.http.problems import refusal_of
from api.http.services import Services
from api.report.surveys import SurveyAnswer, kept_answer, survey_behind
from api.web.link.friendly import about, friendly
from api.web.link.showing import page
from models.errors import Conflict, DomainError
from models.report.survey import Survey, SurveyState

router = APIRouter(prefix="/link/survey", include_in_schema=False)
Token = Annotated[str, Path(max_length=120)]
CHOICES = {rating: f"survey.{rating}" for rating in (5, 4, 3, 2, 1)}
"""What each of the five says, the best first."""
WRONG = {"rating": "survey.unrated", "comment": "survey.unreadable"}
"""What is said of a field that cannot be taken."""


@router.get("/{token}")
@friendly
async def ask_how_it_was(request: Request, token: Token, services: With) -> Response:
    """How things stand with the question, and a form."""
    await not_degraded(services)
    return await _shown(request, services, token)


@router.post("/{token}")
@friendly
async def say_how_it_was(request: Request, token: Token, services: With) -> Response:
    """Keep the answer, as `POST /v1/surveys/{token}` does."""
    await not_degraded(services)
    form = await request.form(max_fields=50)
    rating, comment = (str(form.get(name, "")).strip() for name in ("rating", "comment"))
    chosen = int(rating) if rating in "12345" and rating else None
    # A browser ends the lines of a text in two signs.
    words = comment.replace("\r\n", "\n") or None
    try:
        # What was not chosen is refused like whatever cannot be one of the five.
        answer = SurveyAnswer(rating=chosen or 0, comment=words)
    except ValidationError as error:
        wrong = {WRONG[str(fault["loc"][0])] for fault in error.errors()}
        return await _shown(request, services, token, typed=(chosen, comment), wrong=wrong)
    try:
        await services.reads.write(lambda s: kept_answer(s, services, token, answer))
    except Conflict as refusal:
        return await _shown(request, services, token, refusal)
    return RedirectResponse("?thanks", 303)


async def _shown(
    request: Request,
    services: Services,
    token: str,
    refusal: DomainError | None = None,
    typed: tuple[int | None, str] = (None, ""),
    wrong: frozenset[str] | set[str] = frozenset(),
) -> Response:
    survey: Survey = await services.reads.run(lambda s: survey_behind(s, services, token))
    ticket = await about(request, services, survey.ticket_id)
    answered = survey.state is SurveyState.ANSWERED
    over = not answered and services.clock() >= survey.expires_at
    refused = refusal_of(refusal).status_code if refusal else 422 if wrong else 200
    return page(
        request,
        "survey.html",
        ticket=ticket,
        status=410 if over else refused,
        answered=answered,
        again=answered and refusal is not None,
        over=over,
        choices=CHOICES,
        chosen=typed[0],
        comment=typed[1],
        wrong=sorted(wrong, reverse=True),
    )
