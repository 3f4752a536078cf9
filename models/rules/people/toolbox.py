"""What a toolbox may hold (docs/rules/routes.md, Toolboxes)."""

from collections.abc import Iterable

from models.errors import Invalid

MOST_TOOLS = 40


def checked_tools(names: Iterable[str]) -> tuple[str, ...]:
    """The tools in the order of the alphabet, each once.

    Raises:
        Invalid: `too-many-tools`.
    """
    tools = tuple(sorted(set(names)))
    if len(tools) > MOST_TOOLS:
        raise Invalid("too-many-tools", f"A toolbox has {MOST_TOOLS} tools.", field="/tools")
    return tools
