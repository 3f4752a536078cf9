"""The keys that an issuer publishes, read and kept on disk."""

import json
import re
from pathlib import Path

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from temporal.last_known import keep

log = structlog.get_logger("api.http.jwks")

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA"})
KEY_ID = re.compile(r"[A-Za-z0-9_.:=-]{1,128}")


def store(document: bytes, cache_file: Path) -> None:
    """Replaced in one step: another process may read it, and this one may be killed."""
    try:
        keep(cache_file, document)
    except OSError as error:
        log.warning("key_cache_not_written", error=type(error).__name__)


def usable(document: bytes) -> dict[str, jwt.PyJWK]:
    """The signing keys of a JWKS whose algorithm is allowed.

    Raises:
        ValueError: there is none, or it is no JWKS.
    """
    published = json.loads(document)
    if not isinstance(published, dict) or not isinstance(published.get("keys"), list):
        raise ValueError("not a JWKS")
    keys = {}
    for stated in published["keys"]:
        try:
            key = jwt.PyJWK(stated)
        except (jwt.PyJWTError, AttributeError, LookupError, TypeError, ValueError):
            continue
        weak = isinstance(key.key, RSAPublicKey) and key.key.key_size < 2048
        named = isinstance(key.key_id, str) and KEY_ID.fullmatch(key.key_id)
        signs = key.public_key_use in (None, "sig") and key.algorithm_name in ALGORITHMS
        if named and signs and not weak:
            keys[str(key.key_id)] = key
    if not keys:
        raise ValueError("no usable key")
    return keys
