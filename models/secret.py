"""What makes a secret one: nobody can guess it, and nobody has read it in our own files."""

from itertools import pairwise

LEAST_LENGTH = 32
LEAST_DIFFERENT = 10
LEAST_SURPRISING = 12
_PUBLISHED = ("changeme", "yoursecret", "replaceme")
"""How the values of `.env.example`, and what people put in their place, begin."""
_ROWS = ("qwertyuiopasdfghjklzxcvbnm", "90", "9a", "f0")
"""What fingers and counters write by themselves, forwards and backwards, beside the next letter of
the alphabet."""
_FOLLOWING = {pair for row in _ROWS for pair in (*pairwise(row), *pairwise(reversed(row)))}
_PIECE = 3


def is_published(secret: str) -> bool:
    """Whether everybody has read it: the value of an example."""
    letters = "".join(filter(str.isalnum, secret.lower()))
    return letters.startswith(_PUBLISHED)


def weakness(key: str) -> str | None:
    """Why a key signs nothing: the rule that it breaks, which never shows the key."""
    if is_published(key):
        return (
            "is the value of an example, which everybody knows: make one with openssl rand -hex 24"
        )
    if len(key) < LEAST_LENGTH or is_monotonous(key):
        return (
            f"each key needs {LEAST_LENGTH} characters or more, {LEAST_DIFFERENT} of them "
            f"different and {LEAST_SURPRISING} that nobody expects after those before them: make "
            "one with openssl rand -hex 24"
        )
    return None


def is_monotonous(key: str) -> bool:
    """Whether a key has too little variety: a few characters, a row of them, or a piece that is
    repeated. Of a million made by chance none is."""
    return len(set(key)) < LEAST_DIFFERENT or _surprises(key.lower()) < LEAST_SURPRISING


def _surprises(key: str) -> int:
    """How many characters neither go on with a row, nor end a piece that was there before."""
    return sum(not (_goes_on(key, at) or _repeats(key, at)) for at in range(len(key)))


def _goes_on(key: str, at: int) -> bool:
    before, here = key[max(0, at - 1)], key[at]
    return at > 0 and (abs(ord(here) - ord(before)) <= 1 or (before, here) in _FOLLOWING)


def _repeats(key: str, at: int) -> bool:
    piece = key[max(0, at + 1 - _PIECE) : at + 1]
    return len(piece) == _PIECE and piece in key[:at]
