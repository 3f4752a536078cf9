"""`docs/settings.md` says of every process what it can be told."""

from collections.abc import Iterator
from typing import Any

from models.settings.processes import PROCESSES
from models.settings.section import Section
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "settings.md"
HEAD = "| variable | default | meaning |\n| --- | --- | --- |\n"


def shown(default: Any, *, required: bool) -> str:
    """A default as the table writes it."""
    if required:
        return "required"
    if default is None:
        return "none"
    if default == "":
        return "empty"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def rows(section: type[Section]) -> Iterator[str]:
    """The lines of a section's table."""
    for name, variable in section.variables().items():
        stated = section.model_fields[name]
        default = shown(stated.default, required=stated.is_required())
        yield f"| `{variable.name}` | {default} | {variable.meaning} |"


def chapter(section: type[Section]) -> str:
    """What the page says of a section: what it is, who reads it, its variables."""
    title = str(section.__doc__).partition(".")[0].partition("\n")[0]
    readers = [name for name, kind in PROCESSES.items() if section in kind.sections().values()]
    table = HEAD + "\n".join(rows(section))
    return f"### {title}\n\nRead by: {', '.join(readers)}.\n\n{table}\n"


def test_the_page_of_settings_says_what_each_process_reads_and_with_which_defaults() -> None:
    sections = dict.fromkeys(s for kind in PROCESSES.values() for s in kind.sections().values())
    expected = "\n".join(chapter(section) for section in sections)
    text = PAGE.read_text(encoding="utf-8")
    written = text.partition("\n## Of the processes\n\n")[2].partition("\n## ")[0]
    written = written[written.find("### ") :]
    assert written == expected, (
        f"docs/settings.md, below `Of the processes`, has to say:\n{expected}"
    )


def test_no_two_variables_fill_one_field_and_each_says_what_it_is_for() -> None:
    for kind in PROCESSES.values():
        for section in kind.sections().values():
            stated = section.variables()
            assert list(stated) == list(section.model_fields)
            assert len({variable.name for variable in stated.values()}) == len(stated)
            assert all(variable.meaning for variable in stated.values())
