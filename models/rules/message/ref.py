"""The short name by which an expert tells one piece of work from another (docs/rules/messages.md,
An assignment)."""

import hashlib

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What nobody mistakes for something else when it is read aloud: no 0, 1, I, L, O or U."""

LENGTH = 4


def ref_of(assignment_id: str) -> str:
    """What app and SMS call an assignment: four letters or digits, always the same for the same id.
    Of 1,000 assignments of one expert, one pair shares its name about every other time; two that
    lie ahead of the same expert, hardly ever."""
    number = int.from_bytes(hashlib.sha256(assignment_id.encode()).digest()[:8])
    drawn = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        drawn.append(LETTERS[place])
    return "".join(drawn)
