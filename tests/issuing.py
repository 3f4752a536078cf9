"""Whoever vouches for the people of the tests, and who they are."""

import json
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID

ISSUER, AUDIENCE = "https://issuer.example", "sysops-squad"
SUBJECTS = {
    "customer": FIRST_CUSTOMER_ID,
    "expert": FIRST_EXPERT_ID,
    "helpdesk": "usr_helpdesk",
    "manager": "usr_manager",
    "admin": "usr_admin",
    "integration": "int_local",
}


class Issuer:
    """Signs tokens; its keys stand in a file."""

    def __init__(self, folder: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self._key.public_key()))
        self.jwks = folder / "jwks.json"
        self.jwks.write_text(json.dumps({"keys": [{**jwk, "kid": "test", "use": "sig"}]}))

    def token(self, role: str, subject: str | None = None) -> str:
        """A token of a role."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject or SUBJECTS[role],
            "role": role,
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": "test"})
