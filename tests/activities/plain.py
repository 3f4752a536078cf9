"""Letters as people see them."""

from email.message import EmailMessage


def plain(letter: EmailMessage) -> str:
    """The text on one line."""
    body = letter.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())
