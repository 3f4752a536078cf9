"""Sealed words: the one personal thing in a history, readable for a month.

A ticket is accepted with Postgres down, so its words travel in the start message: AES-256-GCM under
the intake key of the week, which lives in a directory that API and workers share. Keys are
destroyed after 30 days, and with them everything sealed under them
(docs/rules/conventions.md, Personal data).
"""

import base64
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import Unavailable
from models.secret import is_monotonous

KEPT = timedelta(days=30)
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Unsealable(Exception):
    """The key is destroyed, or the blob is not what was sealed for this owner."""


class NotAKey(Exception):
    """The file of a key holds something else, or one that anybody could write."""


class IntakeKeyring:
    """The intake keys of the last weeks, one file each, named after the ISO week.

    Args:
        directory: where they are.
        sync: puts on the disk what a descriptor stands for.
    """

    def __init__(self, directory: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self._directory = directory
        self._sync = sync
        self._known: dict[str, AESGCM] = {}
        self._guessable: set[str] = set()

    def seal(self, words: dict[str, Any], owner: str, now: datetime) -> str:
        """Seal `words` so that only the same `owner` (an id) can be opened with them.

        Raises:
            Unavailable: the key of the week can be neither made nor used.
        """
        week = f"{now:%G-W%V}"
        nonce = os.urandom(_NONCE_BYTES)
        key = self._usable(week)
        sealed = key.encrypt(nonce, json.dumps(words).encode(), owner.encode())
        return f"{week}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, blob: str, owner: str) -> dict[str, Any]:
        """The words sealed for `owner`.

        Raises:
            Unsealable: the key is destroyed or the blob was tampered with.
        """
        week, _, encoded = blob.partition(".")
        raw = base64.b64decode(encoded)
        try:
            words = self._key(week, create=False).decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()
            )
        except (FileNotFoundError, NotAKey, InvalidTag) as error:
            raise Unsealable(f"intake key of {week}") from error
        return dict(json.loads(words))

    def seals(self, now: datetime) -> bool:
        """Whether words can be sealed now."""
        try:
            self._usable(f"{now:%G-W%V}")
        except Unavailable:
            return False
        return True

    def fault(self, now: datetime) -> str | None:
        """Why nothing can be sealed now, or from next week on; None if all is well."""
        try:
            self._usable(f"{now:%G-W%V}")
        except Unavailable as error:
            return error.detail
        if not self.is_writable:
            return f"{self._directory} cannot be written: next week would have no intake key."
        return None

    @property
    def is_writable(self) -> bool:
        """Whether the next key can be made."""
        return os.access(self._directory, os.W_OK | os.X_OK)

    def destroy_old(self, now: datetime) -> list[str]:
        """Destroy the keys whose week ended more than 30 days ago; answers their weeks."""
        destroyed = []
        for path in self._directory.glob("*.key"):
            ended = datetime.strptime(f"{path.stem}-7", "%G-W%V-%u").replace(tzinfo=now.tzinfo)
            if ended + timedelta(days=1) + KEPT < now:
                path.unlink(missing_ok=True)
                self._known.pop(path.stem, None)
                destroyed.append(path.stem)
        return destroyed

    def _usable(self, week: str) -> AESGCM:
        try:
            key = self._key(week, create=True)
            if week in self._guessable:
                # What was sealed under it can still be read; nothing more is.
                raise NotAKey("it can be guessed; remove its file, and one is made by chance")
            return key
        except (OSError, NotAKey) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            detail = f"The intake key of {week} cannot be used: {why}."
            raise Unavailable("intake-key-unusable", detail) from error

    def _key(self, week: str, *, create: bool) -> AESGCM:
        if week not in self._known:
            path = self._directory / f"{week}.key"
            if create and not path.exists():
                self._make(path)
            secret = path.read_bytes()
            if len(secret) != _KEY_BYTES:
                raise NotAKey(f"its file has {len(secret)} bytes and not {_KEY_BYTES}")
            if is_monotonous(secret.decode("latin-1")):
                self._guessable.add(week)
            self._known[week] = AESGCM(secret)
        return self._known[week]

    def _make(self, path: Path) -> None:
        """Publish a new key whole or not at all; of two makers the first wins. Nothing is sealed
        before its name is on the disk, too: words sealed under a key that a power cut takes could
        not be read any more."""
        if not self._directory.exists():
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._put_on_disk(self._directory.parent)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(AESGCM.generate_key(8 * _KEY_BYTES))
            file.flush()
            self._sync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        self._put_on_disk(self._directory)

    def _put_on_disk(self, directory: Path) -> None:
        """The names in a directory, as they are now."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)
