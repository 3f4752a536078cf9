"""Messages as files, for a laptop: nothing leaves the machine, and a person can read them."""

import os
import re
import tempfile
from pathlib import Path

from activities.gateways.message import (
    Attachment,
    DeliveryRefused,
    GatewayUnavailable,
    OutgoingMessage,
    Receipt,
    flaw,
)

PROVIDER = "folder"
_WITH_ATTACHMENTS = "email"


class FolderMessages:
    """A `MessageGateway` that writes `<directory>/<channel>/<reference>.txt`.

    The attachments of an e-mail lie beside it as `<reference>-<file name>`; another channel has
    none, as with a real provider (docs/rules/messages.md, The calendar). Sending twice writes once.

    Args:
        directory: made when the first message is sent.
        channel: `sms`, `email`, ...; lower-case letters.
    """

    def __init__(self, directory: Path, channel: str) -> None:
        if not re.fullmatch(r"[a-z]+", channel):
            raise ValueError("a channel is lower-case letters")
        self._folder = directory / channel
        self._channel = channel

    def send(self, message: OutgoingMessage) -> Receipt:
        """Write the message, unless it is there already."""
        if code := flaw(message):
            raise DeliveryRefused(PROVIDER, code)
        try:
            return self.find(message) or self._write(message)
        except OSError:
            pass
        raise GatewayUnavailable(PROVIDER)

    def find(self, message: OutgoingMessage) -> Receipt | None:
        """The message of an earlier attempt, if its file is there."""
        try:
            return self._receipt(message) if self._path(message).exists() else None
        except OSError:
            pass
        raise GatewayUnavailable(PROVIDER)

    def check(self) -> None:
        """Whether there is a folder, or can be."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return
        except OSError:
            pass
        raise GatewayUnavailable(PROVIDER)

    def _write(self, message: OutgoingMessage) -> Receipt:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The text comes last: where it stands, everything stands.
        for attachment in self._attachments(message):
            beside = self._folder / f"{message.reference}-{attachment.file_name}"
            _write_whole(beside, attachment.content)
        _write_whole(self._path(message), self._readable(message).encode())
        return self._receipt(message)

    def _attachments(self, message: OutgoingMessage) -> tuple[Attachment, ...]:
        return message.attachments if self._channel == _WITH_ATTACHMENTS else ()

    def _readable(self, message: OutgoingMessage) -> str:
        lines = [f"To: {message.recipient}"]
        if message.subject is not None:
            lines.append(f"Subject: {message.subject}")
        lines += [f"Attachment: {one.file_name}" for one in self._attachments(message)]
        return "\n".join([*lines, "", message.text, ""])

    def _path(self, message: OutgoingMessage) -> Path:
        return self._folder / f"{message.reference}.txt"

    def _receipt(self, message: OutgoingMessage) -> Receipt:
        return Receipt(PROVIDER, f"{self._channel}/{message.reference}.txt")


def _write_whole(path: Path, content: bytes) -> None:
    """A reader sees the whole file or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
