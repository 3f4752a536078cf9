"""An application that refuses in every way there is."""

from typing import Annotated, Any, Literal

import httpx2
from fastapi import APIRouter, FastAPI, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from api.http import docs, problems
from api.http.articles import ARTICLES
from api.http.problem_pages import router as explanations

CANARY = "Ada Lovelace +44 20 7946 0958"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Slot(Strict):
    start: int
    end: int = 0


class ByPhone(Strict):
    kind: Literal["phone"]
    phone: str = Field(pattern="^[0-9]+$")


class ByMail(Strict):
    kind: Literal["email"]
    email: str


class NewTicket(Strict):
    description: str = Field(max_length=10)
    slots: list[Slot] = []
    contact: Annotated[ByPhone | ByMail, Field(discriminator="kind")] | None = None


class Filters(Strict):
    limit: int = Field(1, ge=1, le=100)


def application(refusal: Exception | None = None) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app, "https://api.example/")
    docs.mount(app)
    router = APIRouter(prefix="/v1/tickets")

    @router.post("")
    async def open_ticket(
        ticket: NewTicket,
        key: Annotated[str, Header(alias="Idempotency-Key", pattern="^[a-z0-9]+$")],
    ) -> NewTicket:
        return ticket

    @router.get("")
    async def list_tickets(filters: Annotated[Filters, Query()]) -> Filters:
        return filters

    @router.get("/{number}")
    async def read_ticket(number: int) -> int:
        if refusal:
            raise refusal
        return number

    app.include_router(router)
    app.include_router(explanations)
    return app


async def ask(
    method: str, path: str, *, refusal: Exception | None = None, **request: Any
) -> httpx2.Response:
    transport = httpx2.ASGITransport(application(refusal), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.example") as client:
        return await client.request(method, path, **request)


async def post(content: bytes, media_type: str = "application/json") -> httpx2.Response:
    headers = {"Idempotency-Key": "k1", "Content-Type": media_type}
    return await ask("POST", "/v1/tickets", content=content, headers=headers)


def assert_problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert document["type"] == f"https://api.example/problems/{code}"
    assert document["title"] == ARTICLES[code].title if code in ARTICLES else document["title"]
    return document
