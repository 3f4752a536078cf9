"""What the desk refuses, in words for a person.

Refused
  LoginNeeded    nobody is logged in
  NotOurPage     another site's page sent it
"""

from collections.abc import Mapping


class Refused(Exception):
    """A refusal that a person reads.

    Args:
        status: the HTTP status.
        title: the heading of the page.
        words: one or two sentences that say what to do.
        retry_after: seconds, where trying again helps.
    """

    def __init__(
        self, status: int, title: str, words: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(words)
        self.status = status
        self.title = title
        self.words = words
        self.retry_after = retry_after

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes along with the status."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class LoginNeeded(Refused):
    """Nobody is logged in."""

    def __init__(self) -> None:
        super().__init__(401, "Please log in", "Your login has ended. Log in and try again.")


class NotOurPage(Refused):
    """What would change something was not sent by a page of ours."""

    def __init__(self) -> None:
        super().__init__(
            403,
            "This did not come from the desk",
            "Another site's page asked for this. Go to the desk's own page and do it there.",
        )
