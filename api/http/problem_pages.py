"""What each problem's `type` resolves to: an article that explains the code and its remedy."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from api.http.articles import ARTICLES, Article
from api.http.policy import public
from api.http.problems import RESPONSES
from models.base import Value
from models.errors import NotFound

router = APIRouter(prefix="/problems", tags=["problems"], responses=RESPONSES)

_AS_HTML: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}
_KEPT = {"Cache-Control": "public, max-age=3600", "Vary": "Accept"}
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""


class ProblemArticle(Value):
    """The article of one code."""

    code: str
    title: str
    explanation: str
    remedy: str


class ProblemArticles(Value):
    """The articles of all codes, by code."""

    items: list[ProblemArticle]


@router.get("", summary="Every problem code", response_model=ProblemArticles, responses=_AS_HTML)
@public
async def list_problems(request: Request) -> Response:
    """Every stable code with its explanation and remedy."""
    listed = [_explained(code, ARTICLES[code]) for code in sorted(ARTICLES)]
    if _wants_html(request):
        return _page("Problems", "\n".join(_section(article, "h2") for article in listed))
    return _json(ProblemArticles(items=listed))


@router.get(
    "/{code}", summary="One problem code", response_model=ProblemArticle, responses=_AS_HTML
)
@public
async def read_problem(request: Request, code: str) -> Response:
    """What a code means and what to do about it."""
    if code not in ARTICLES:
        raise NotFound("problem-unknown", "There is no problem of this code.")
    article = _explained(code, ARTICLES[code])
    if _wants_html(request):
        return _page(article.title, _section(article, "h1"))
    return _json(article)


def _explained(code: str, article: Article) -> ProblemArticle:
    return ProblemArticle(code=code, **article.model_dump())


def _wants_html(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and "application/json" not in accepted


def _json(content: Value) -> Response:
    return JSONResponse(content.model_dump(), headers=_KEPT)


def _section(article: ProblemArticle, heading: str) -> str:
    return (
        f"<{heading}>{escape(article.title)}</{heading}>\n"
        f"<p><code>{escape(article.code)}</code></p>\n"
        f"<p>{escape(article.explanation)}</p>\n"
        f"<p>{escape(article.remedy)}</p>"
    )


def _page(title: str, body: str) -> Response:
    return HTMLResponse(_PAGE.format(title=escape(title), body=body), headers=_KEPT)
