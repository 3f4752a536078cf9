"""Names of things: the same for what is one, another for what is not."""

import pytest

from models.identity import derived_id, ticket_id


def test_the_same_names_have_the_same_id_always() -> None:
    first = derived_id("vis", "a", "b")
    assert first == derived_id("vis", "a", "b") == "vis_29336699-4cc8-5868-bfcc-a2282f347e59"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a/b", "c"), ("a", "b/c")),
        (("a/", "b"), ("a", "/b")),
        (("a\\", "b"), ("a\\/b",)),
        (("a", "b"), ("a/b",)),
        (("a", ""), ("a",)),
    ],
)
def test_other_names_have_another_id_whatever_stands_in_them(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert derived_id("vis", *one) != derived_id("vis", *other)


def test_nobody_names_anothers_ticket_by_a_key_with_a_stroke() -> None:
    assert ticket_id("usr_a", "b/key") != ticket_id("usr_a/b", "key")
