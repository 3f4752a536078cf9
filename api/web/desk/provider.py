"""The identity provider that staff log in at: OpenID Connect, authorization code with PKCE.

The one module that knows authlib. The provider is asked for its addresses at the first login, not
at the start: it may be down then.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request, Response
from joserfc.errors import JoseError

from api.web.desk.refused import Refused
from models.base import Value

log = structlog.get_logger("api.web.desk")

_TIMEOUT, _LONGEST = 2.0, 3.0
"""Seconds for one call to the provider, and for all that a login needs of it."""
_SCOPE = "openid profile"


class Endpoints(Value):
    """Where the provider is.

    Its own description at `issuer` says where people log in and codes are exchanged; a provider
    without one needs all of the others.
    """

    issuer: str
    authorize_url: str | None = None
    token_url: str | None = None
    jwks_url: str | None = None


class Provider:
    """The provider, as a client of it sees it."""

    def __init__(self, endpoints: Endpoints, client_id: str, client_secret: str | None) -> None:
        discovery = f"{endpoints.issuer.rstrip('/')}/.well-known/openid-configuration"
        stated = endpoints.authorize_url is not None and endpoints.token_url is not None
        known: dict[str, Any] = {"issuer": endpoints.issuer, "jwks_uri": endpoints.jwks_url}
        self._client = OAuth().register(
            "desk",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=None if stated else discovery,
            authorize_url=endpoints.authorize_url,
            access_token_url=endpoints.token_url,
            client_kwargs={
                "scope": _SCOPE,
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
                "token_endpoint_auth_method": "client_secret_basic" if client_secret else "none",
            },
            **(known if stated else {}),
        )

    async def begin(self, request: Request, callback: str) -> Response:
        """The way to the provider's login.

        Raises:
            Refused: 503, the provider cannot be reached.
        """
        try:
            async with asyncio.timeout(_LONGEST):
                redirect: Response = await self._client.authorize_redirect(request, callback)
        except (httpx2.HTTPError, TimeoutError, ValueError, RuntimeError) as error:
            raise _away(error) from error
        return redirect

    async def finish(self, request: Request) -> Mapping[str, Any]:
        """The verified claims of who came back from the provider.

        Raises:
            Refused: 403, this is not the login that was begun here; 503, the provider is away.
        """
        try:
            async with asyncio.timeout(_LONGEST):
                token = await self._client.authorize_access_token(request)
        except (AuthlibBaseError, JoseError) as error:
            log.warning("login_refused", error=type(error).__name__)
            raise Refused(
                403,
                "The login did not work",
                "It was cancelled, took too long, or was begun in another window. Log in again.",
            ) from error
        except (httpx2.HTTPError, TimeoutError, ValueError, RuntimeError) as error:
            raise _away(error) from error
        claims: Mapping[str, Any] = token.get("userinfo") or {}
        return claims


def _away(error: Exception) -> Refused:
    log.warning("provider_unreachable", error=type(error).__name__)
    return Refused(
        503,
        "Nobody can log in at the moment",
        "The login service does not answer. Try again in a moment; who is logged in stays so.",
        retry_after=10,
    )
