"""A catalogue that another system keeps: `GET {server}/models` answers
`{"models": [{"id": "mod_bosch-kgn39vleb", "brand": "Bosch", "designation": "KGN39VLEB",
"category": "fridge"}]}`, every model, each once, its category a code of ours. What else stands
there is not looked at."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import httpx2
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from activities.breaker import Breaker
from activities.gateways.catalogue import CatalogueUnavailable
from models.catalogue.nouns import ApplianceModel

PATIENCE = 2.0
"""Seconds for an answer, its last byte included."""
MOST_BYTES = 8 * 1024 * 1024
MOST_MODELS = 50_000
_LONGEST = 120
"""Characters of an id, of a brand, of a designation."""
_Line = Annotated[
    str,
    StringConstraints(
        min_length=1,
        max_length=_LONGEST,
        strip_whitespace=True,
        # One line of what can be seen: people read it, and Postgres takes no NUL.
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$",
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    id: Annotated[str, StringConstraints(max_length=_LONGEST)]
    brand: _Line
    designation: _Line
    category: str


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    models: list[_Model] = Field(max_length=MOST_MODELS)


class PeerCatalogue:
    """A `CatalogueGateway` over HTTP. For one event loop; while nobody answers there, one question
    in five seconds is asked and the others are not. It follows nobody elsewhere, asks no
    environment for a way, and unpacks nothing."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url.rstrip("/") + "/",
            headers={"Accept-Encoding": "identity"},
            timeout=None,
            trust_env=False,
            follow_redirects=False,
        )
        self._breaker = Breaker()

    async def models(self) -> tuple[ApplianceModel, ...]:
        """See `CatalogueGateway`."""
        if not self._breaker.lets_through(datetime.now(UTC)):
            raise CatalogueUnavailable("breaker-open")
        answered = False
        try:
            async with asyncio.timeout(PATIENCE):
                octets = await self._octets()
            # Many models take a while to look at; requests do not wait for it.
            models = await asyncio.to_thread(_checked, octets)
            answered = True
        except TimeoutError:
            raise CatalogueUnavailable("too-slow") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise CatalogueUnavailable(type(error).__name__) from None
        finally:
            self._breaker.heard(answered=answered, now=datetime.now(UTC))
        return models

    async def close(self) -> None:
        """See `CatalogueGateway`."""
        await self._client.aclose()

    async def _octets(self) -> bytes:
        async with self._client.stream("GET", "models") as answer:
            if answer.status_code != httpx2.codes.OK:
                raise CatalogueUnavailable(f"status-{answer.status_code}")
            parts, size = [], 0
            async for part in answer.aiter_raw():
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise CatalogueUnavailable("too-large")
        return b"".join(parts)


def _checked(octets: bytes) -> tuple[ApplianceModel, ...]:
    try:
        named = _Answer.model_validate_json(octets).models
        models = tuple(ApplianceModel.model_validate(model.model_dump()) for model in named)
    except ValidationError:
        raise CatalogueUnavailable("not-understood") from None
    if len({model.id for model in models}) != len(models):
        raise CatalogueUnavailable("named-twice")
    return models
