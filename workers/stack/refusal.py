"""Why the local stack does not start: one line, which names the remedy."""


class CannotStart(Exception):
    """Shown to the person at the keyboard as it is, without a traceback."""
