"""Who is calling: a bearer token, verified here against the keys its issuer publishes.

No request waits for the issuer. Keys are fetched behind the requests' back and kept on disk, so a
token from before an outage, or from before our own restart, keeps working.
"""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, time
from typing import Annotated, Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

import httpx2
import jwt
import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.http import asking
from api.http.jwks import ALGORITHMS, KEY_ID, store, usable
from api.http.limits import limits_of
from api.http.problems import HttpRefusal
from api.http.repeats import is_repeat
from models.actor import Actor, Role
from models.base import Value
from models.errors import RateLimited, Unavailable
from models.identity import derived_id

log = structlog.get_logger("api.http.auth")

LEEWAY = 30
"""Seconds by which the issuer's clock and ours may differ."""
REFRESH, RETRY, LONGEST_WAIT = 60.0, 10.0, 1.0
"""Seconds between refreshes, between attempts, and that a request may wait for one."""
REMEMBERED, MOST_REMEMBERED = 60.0, 4096
"""Seconds for which a verified token is taken as it is, and how many at most."""
EVERY_ROLE = frozenset(Role) - {Role.SYSTEM}
_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
_PREFIXES = {Role.CUSTOMER: "cus", Role.EXPERT: "exp", Role.INTEGRATION: "int"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_TOKEN = 8192


class Principal(Value):
    """Who calls: a role and the token's subject."""

    role: Role
    subject: str

    @property
    def actor(self) -> Actor:
        """As the timeline names the caller."""
        return Actor(role=self.role, id=self.subject)


class WrongClaim(ValueError):
    """A verified token says something of its bearer that cannot be; its text is for them."""


class _Verified(NamedTuple):
    """A token's principal, and until when (monotonic) it is taken without another look."""

    principal: Principal
    until: float


class KeySet:
    """An issuer's public keys, and what else its tokens must say.

    Use it as an async context manager for as long as requests are served: it refreshes the keys
    every minute, and at once (but no more than every ten seconds) for an unknown key id.

    Args:
        url: of the JWKS; `https:`, `http:` or `file:`.
        cache_file: where the last keys seen outlive the process; None to forget them with it.
        issuer: the `iss` of its tokens.
        audience: the `aud` that its tokens for us name.
        id_claim: the claim that holds the id of a customer or an expert here; None, `sub` does.
        timeout: seconds for one fetch.
    """

    def __init__(
        self,
        url: str,
        cache_file: Path | None,
        *,
        issuer: str,
        audience: str,
        id_claim: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self._url = url
        self._cache_file = cache_file
        self._issuer = issuer
        self._audience = audience
        self._id_claim = id_claim
        self._timeout = timeout
        self._attempted = -RETRY
        self._refreshing: asyncio.Task[bool] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self.is_reached: bool | None = None
        """Whether the issuer answered with keys when it was last asked; None before that."""
        self._verified: dict[str, _Verified] = {}
        if cache_file is not None and cache_file.exists():
            try:
                self._keys = usable(cache_file.read_bytes())
            except (OSError, ValueError) as error:
                log.warning("key_cache_unreadable", error=type(error).__name__)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.create_task(self._keep_fresh())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in (self._loop, self._refreshing):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})

    async def verify(self, token: str) -> Principal:
        """The principal of a token.

        Raises:
            HttpRefusal: 401 `unauthenticated`.
            Unavailable: `issuer-unavailable`, when no key was ever seen.
        """
        known = self._verified.get(token)
        if known is not None and monotonic() < known.until:
            return known.principal
        try:
            if len(token) > _LONGEST_TOKEN:
                raise jwt.InvalidTokenError
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise jwt.InvalidAlgorithmError
            key = await self._find(header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["aud", "exp", "iat", "iss", "sub"]},
            )
            principal = principal_of(claims, self._id_claim)
            return self._remembered(token, principal, claims["exp"] - time())
        except jwt.ExpiredSignatureError:
            raise unauthenticated("The token has expired.") from None
        except WrongClaim as wrong:
            raise unauthenticated(str(wrong)) from None
        except (jwt.PyJWTError, ValueError, TypeError, LookupError):
            raise unauthenticated("The token is not one that is accepted here.") from None

    def _remembered(self, token: str, principal: Principal, left: float) -> Principal:
        """The principal of a token whose signature need not be checked again for a moment. One that
        lives on the leeway alone is checked every time."""
        if left > 0:
            if len(self._verified) >= MOST_REMEMBERED:
                self._verified.clear()
            until = monotonic() + min(left, REMEMBERED)
            self._verified[token] = _Verified(principal, until)
        return principal

    async def _find(self, key_id: object) -> jwt.PyJWK:
        if not isinstance(key_id, str) or not KEY_ID.fullmatch(key_id):
            raise jwt.InvalidTokenError
        if key_id not in self._keys and (refreshing := self._refresh_if_due()):
            await asyncio.wait({refreshing}, timeout=LONGEST_WAIT)
        if not self._keys:
            raise Unavailable(
                "issuer-unavailable",
                "No token can be verified yet: its issuer has not been reached.",
                retry_after=RETRY,
            )
        if key_id not in self._keys:
            raise jwt.InvalidTokenError
        return self._keys[key_id]

    def _refresh_if_due(self) -> "asyncio.Task[bool] | None":
        if self._refreshing is not None and not self._refreshing.done():
            return self._refreshing
        if monotonic() - self._attempted < RETRY:
            return None
        self._attempted = monotonic()
        self._refreshing = asyncio.create_task(self._refresh())
        return self._refreshing

    async def _keep_fresh(self) -> None:
        while True:
            refreshing = self._refresh_if_due()
            fresh = await asyncio.shield(refreshing) if refreshing else False
            await asyncio.sleep(REFRESH if fresh else RETRY)

    async def _refresh(self) -> bool:
        """Whether the issuer answered with keys; if not, those we have stay."""
        try:
            async with asyncio.timeout(self._timeout):
                document = await self._fetch()
            self._keys = usable(document)
            # A key that its issuer took back signs nothing any more.
            self._verified.clear()
        except Exception as error:
            log.warning("issuer_unreachable", error=type(error).__name__)
            self.is_reached = False
            return False
        self.is_reached = True
        if self._cache_file is not None:
            await asyncio.to_thread(store, document, self._cache_file)
        return True

    async def _fetch(self) -> bytes:
        if self._url.startswith("file:"):
            return await asyncio.to_thread(Path(unquote(urlsplit(self._url).path)).read_bytes)
        async with httpx2.AsyncClient(timeout=self._timeout) as client:
            answer = await client.get(self._url)
            return answer.raise_for_status().content


def principal_of(claims: Mapping[str, Any], id_claim: str | None = None) -> Principal:
    """Who a verified token speaks of.

    A plain `sub` is an id of ours. Any other that OpenID Connect allows is the issuer's own, and
    may be an address: an id derived from it stands for it everywhere, the same at every time. A
    customer's or expert's id comes from `id_claim` instead, if there is one.

    Raises:
        WrongClaim: a claim is missing, or not one of ours.
    """
    role, subject = claims.get("role"), claims.get("sub")
    if not isinstance(role, str) or role not in EVERY_ROLE:
        roles = ", ".join(sorted(EVERY_ROLE))
        raise WrongClaim(f"The token's role is none of {roles}.")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise WrongClaim("The token's sub is not 1 to 255 printable ASCII characters.")
    named = Role(role)
    if id_claim is not None and named in (Role.CUSTOMER, Role.EXPERT):
        return Principal(role=named, subject=_stated(claims.get(id_claim), named, id_claim))
    if _PLAIN.fullmatch(subject):
        return Principal(role=named, subject=subject)
    return Principal(role=named, subject=derived_id(_PREFIXES.get(named, "usr"), "sub", subject))


def _stated(identifier: object, role: Role, id_claim: str) -> str:
    prefix, _, bare = identifier.partition("_") if isinstance(identifier, str) else ("", "", "")
    if prefix != _PREFIXES[role] or not _UUID.fullmatch(bare):
        raise WrongClaim(
            f"The token's {id_claim} is no id of the role {role}: {_PREFIXES[role]}_ and a UUID."
        )
    return f"{prefix}_{bare}"


def unauthenticated(detail: str, error: str | None = "invalid_token") -> HttpRefusal:
    """The 401 that asks for a (better) bearer token."""
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return HttpRefusal(401, "unauthenticated", detail, headers={"WWW-Authenticate": challenge})


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", scheme_name="bearer")


async def authenticated(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Principal:
    """Whoever holds a token that verifies, in any role.

    Raises:
        HttpRefusal: 401 `unauthenticated`.
        Unavailable: `issuer-unavailable`.
        RateLimited: `rate-limited`.
    """
    if (put_off := request.scope.get("put_off")) is not None:
        # Their token was looked at, and counted, when it came.
        verified: Principal = put_off.principal
        request.state.role = verified.role
        return verified
    if credentials is None:
        raise unauthenticated("Send a bearer token.", None)
    keys: KeySet = request.app.state.keys
    limits = limits_of(request)
    try:
        principal = await keys.verify(credentials.credentials)
    except HttpRefusal:
        await limits.admit(request, asking.caller() or "")
        raise
    request.state.role = principal.role
    asking.known_as(caller := f"{principal.role} {principal.subject}")
    try:
        await limits.admit(request, caller, is_customer=principal.role is Role.CUSTOMER)
    except RateLimited:
        if not await is_repeat(request, principal.role, principal.subject):
            raise
    return principal
