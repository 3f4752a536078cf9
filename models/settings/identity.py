"""Who vouches for people, and what we sign with ourselves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from models.secret import weakness
from models.settings.section import Section, Variable


class Tokens(Section):
    """What the API believes a token by."""

    keys_url: Annotated[
        str, Variable("JWKS_URL", "keys that tokens are verified with; `https://` or `file://`")
    ]
    cache_file: Annotated[
        Path | None, Variable("JWKS_CACHE_FILE", "last known keys, for starts with issuer down")
    ] = None
    issuer: Annotated[str, Variable("JWT_ISSUER", "`iss` that tokens must carry")]
    audience: Annotated[str, Variable("JWT_AUDIENCE", "`aud` that tokens must carry")] = (
        "sysops-squad"
    )
    id_claim: Annotated[
        str | None,
        Variable("JWT_ID_CLAIM", "claim with a customer's or expert's id; none: `sub`"),
    ] = None


class Login(Section):
    """Where the helpdesk logs in. A provider describes itself, or all of it is stated here."""

    issuer: Annotated[
        str | None,
        Variable(
            "OIDC_ISSUER_URL", "OpenID provider that the helpdesk logs in at; none: `JWT_ISSUER`"
        ),
    ] = None
    token_issuer: Annotated[
        str | None, Variable("JWT_ISSUER", "the same, where `OIDC_ISSUER_URL` is not set")
    ] = None
    client_id: Annotated[str, Variable("OIDC_CLIENT_ID", "what the provider calls the desk")] = (
        "sysops-desk"
    )
    client_secret: Annotated[
        str | None, Variable("OIDC_CLIENT_SECRET", "its secret there, if it has one")
    ] = None
    authorize_url: Annotated[
        str | None,
        Variable("OIDC_AUTHORIZE_URL", "login page of a provider that does not describe itself"),
    ] = None
    token_url: Annotated[
        str | None,
        Variable("OIDC_TOKEN_URL", "its token endpoint; its keys are then at `JWKS_URL`"),
    ] = None
    keys_url: Annotated[
        str | None, Variable("JWKS_URL", "keys of a provider that does not describe itself")
    ] = None

    @property
    def provider(self) -> str:
        """Who is asked."""
        return self.issuer or self.token_issuer or ""

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if not self.provider:
            yield "issuer", "needed, or JWT_ISSUER"
        if self.authorize_url and self.token_url and not self.keys_url:
            yield "keys_url", "needed with OIDC_AUTHORIZE_URL and OIDC_TOKEN_URL"


def _each(written: object) -> object:
    """The keys of a list with commas."""
    if not isinstance(written, str):
        return written
    return tuple(key for part in written.split(",") if (key := part.strip()))


class Signing(Section):
    """What links and sessions are signed with."""

    keys: Annotated[
        tuple[str, ...],
        BeforeValidator(_each),
        Field(min_length=1),
        Variable(
            "LINK_SECRET",
            "signs links in messages and the desk's sessions; several with commas between them: "
            "the first signs, all are believed",
        ),
    ]

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class. Links that anybody can sign are worse than no process."""
        yield from (("keys", rule) for key in self.keys if (rule := weakness(key)))
