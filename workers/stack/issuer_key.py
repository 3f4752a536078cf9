"""What the laptop's issuer signs, and the key it signs with."""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from workers.stack.environment import AUDIENCE
from workers.stack.home import Home, write_once
from workers.stack.issuer_login import Login
from workers.stack.refusal import CannotStart

LIFETIME = 8 * 3600
SUBJECTS = {
    "customer": FIRST_CUSTOMER_ID,
    "expert": FIRST_EXPERT_ID,
    "helpdesk": "usr_helpdesk",
    "manager": "usr_manager",
    "admin": "usr_admin",
    "integration": "int_local",
}


@dataclass(frozen=True)
class Issuer:
    """Signs what it is asked to, with a key made once and kept in the home."""

    home: Home
    url: str

    @property
    def has_key(self) -> bool:
        """Whether a stack was started in this home."""
        return self._file.exists()

    def token(self, role: str, subject: str | None = None) -> str:
        """A token for the role; without a subject, for the best known person who has it."""
        if role not in SUBJECTS:
            raise ValueError(f"unknown role {role!r}: one of {', '.join(SUBJECTS)}")
        claims = self._dated({"aud": AUDIENCE, "sub": subject or SUBJECTS[role], "role": role})
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})

    def id_token(self, login: Login) -> str:
        """Who has logged in, for the client that asked."""
        person = login.person
        nonce = {} if login.nonce is None else {"nonce": login.nonce}
        claims = {"sub": person.id, "role": person.role, "name": person.name, **nonce}
        told = json.dumps(self._dated({"aud": login.client_id, **claims})).encode()
        # RFC 9864's name of the same signature; by its old one, clients warn of it.
        signing = jwt.PyJWS(algorithms=[])
        signing.register_algorithm("Ed25519", jwt.algorithms.OKPAlgorithm())
        return signing.encode(told, self._key, "Ed25519", headers={"kid": self._key_id})

    def description(self) -> dict[str, Any]:
        """What an OpenID provider says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["Ed25519"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "profile"],
        }

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWKS."""
        # Without `alg`: the key is used under both of the algorithm's names.
        key = {"kty": "OKP", "crv": "Ed25519", "use": "sig"}
        return {"keys": [{**key, "kid": self._key_id, "x": _base64url(self._public)}]}

    def _dated(self, claims: dict[str, Any]) -> dict[str, Any]:
        now = int(time.time())
        dates = {"iat": now, "exp": now + LIFETIME}
        return {"iss": self.url, **claims, **dates, "jti": str(uuid.uuid4())}

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        self.home.folder("issuer")
        file = self._file
        fresh = Ed25519PrivateKey.generate()
        pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(file, pem)
        kept = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(kept, Ed25519PrivateKey):
            raise CannotStart(f"{file} holds another kind of key: remove it, a new one is made")
        return kept

    @property
    def _file(self) -> Path:
        return self.home.path / "issuer" / "key.pem"

    @property
    def _public(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def _key_id(self) -> str:
        return _base64url(sha256(self._public).digest()[:12])


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
