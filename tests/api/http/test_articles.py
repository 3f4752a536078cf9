"""Each problem code is explained beside its subject, once."""

from pathlib import Path

import pytest

from api.http.articles import ARTICLES, ROOM, read

ARTICLE = "{code}:\n  title: t\n  explanation: e\n  remedy: r\n"


def room(folder: Path, **books: tuple[str, ...]) -> Path:
    """A room with some codes in the articles of each subject."""
    for subject, codes in books.items():
        book = folder / subject / "articles.yaml"
        book.parent.mkdir()
        book.write_text("".join(ARTICLE.format(code=code) for code in codes))
    return folder


def test_the_articles_of_every_subject_are_read(tmp_path: Path) -> None:
    assert set(read(room(tmp_path, visit=("a", "b"), money=("c",)))) == {"a", "b", "c"}
    assert read(ROOM) == ARTICLES


def test_a_code_that_two_subjects_explain_is_refused_with_both_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a stands in money/articles\.yaml and in visit/"):
        read(room(tmp_path, visit=("a",), money=("a",)))


def test_a_code_that_is_explained_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a stands in visit/articles\.yaml and in visit/"):
        read(room(tmp_path, visit=("a", "b", "a")))
