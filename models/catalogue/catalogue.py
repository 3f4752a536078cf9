"""The reference files beside this module: what an empty system is filled with.

A fault in a file is a ValueError that reads `<file>:<line>: <field>: <what is wrong>`.
"""

import csv
from collections.abc import Container, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

import yaml
from pydantic import ValidationError
from yaml.reader import ReaderError

from models.base import Value
from models.catalogue.nouns import (
    ApplianceCategory,
    ApplianceModel,
    Customer,
    Expert,
    ReferenceData,
    Skill,
    SupportPlan,
    Zone,
)

FIRST_CUSTOMER_ID = "cus_019b8d7d-f1c0-7d86-b70f-79987ec56be3"
FIRST_EXPERT_ID = "exp_019b8d63-64e0-7df2-b0ae-bffdf9d49080"
"""Both in Berlin: a customer whose plan covers everything, an expert who knows most of it."""

HERE = Path(__file__).parent

_Steps: TypeAlias = tuple[str | int, ...]
_Noun = TypeVar("_Noun", bound=Value)


class _Entry(NamedTuple):
    """One entry as it stands in its file; `node` is None in a CSV file, where a row is a line."""

    file: str
    line: int
    raw: Any
    node: yaml.Node | None = None

    def fault(self, steps: _Steps, wrong: str) -> ValueError:
        """The error that leads a person to the line and the field."""
        field = ".".join(map(str, steps)) or "entry"
        return ValueError(f"{self.file}:{self._line_of(steps)}: {field}: {wrong}")

    def _line_of(self, steps: _Steps) -> int:
        line, node = self.line, self.node
        for step in steps:
            if isinstance(node, yaml.MappingNode):
                pair = next((p for p in node.value if p[0].value == step), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line + 1, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step]
                line = node.start_mark.line + 1
        return line


class _Loader(yaml.SafeLoader):
    """YAML in which a key may stand only once: the plain loader silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: list[Any] = []
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} stands twice", problem_mark=key.start_mark
                )
            seen.append(key.value)
        return super().construct_mapping(node, deep)


def _text(path: Path) -> str:
    octets = path.read_bytes()
    try:
        return octets.decode("utf-8-sig")  # spreadsheets like to put a byte order mark
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}:{line}: encoding: not UTF-8") from None


def _rows(path: Path) -> Iterator[_Entry]:
    reader = csv.DictReader(StringIO(_text(path), newline=""), restkey="surplus", strict=True)
    try:
        for row in reader:
            cells = {name: cell for name, cell in row.items() if cell is not None}
            yield _Entry(path.name, reader.line_num, cells)
    except csv.Error as error:
        raise ValueError(f"{path.name}:{reader.line_num}: row: {error}") from None


def _items(path: Path) -> Iterator[_Entry]:
    text = _text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        items = loader.construct_document(node) if node else []
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ValueError(f"{path.name}:{line}: yaml: {error.reason}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{path.name}:{line}: yaml: {error.problem}") from None
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError(f"{path.name}:1: file: must be a list")
    for item, child in zip(items, node.value, strict=True):
        yield _Entry(path.name, child.start_mark.line + 1, item, child)


class _Shelf(dict[str, tuple[_Entry, _Noun]]):
    """The nouns of one file by their key, each with the entry it was read from."""

    @property
    def nouns(self) -> tuple[_Noun, ...]:
        return tuple(noun for _, noun in self.values())


def _shelf(path: Path, kind: type[_Noun], key: str) -> _Shelf[_Noun]:
    shelf: _Shelf[_Noun] = _Shelf()
    for entry in _rows(path) if path.suffix == ".csv" else _items(path):
        try:
            noun = kind.model_validate(entry.raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise entry.fault(first["loc"], first["msg"]) from None
        name = getattr(noun, key)
        if name in shelf:
            raise entry.fault((key,), f"{name!r} stands twice")
        shelf[name] = entry, noun
    return shelf


def _known(entry: _Entry, steps: _Steps, name: str, names: Container[str]) -> None:
    if name not in names:
        raise entry.fault(steps, f"{name!r} is not known")


def load(folder: Path = HERE) -> ReferenceData:
    """Read every file, and see that whatever one names, another defines.

    Raises:
        ValueError: the first fault, by file, line and field.
    """
    skills = _shelf(folder / "skills.csv", Skill, "code")
    categories = _shelf(folder / "categories.csv", ApplianceCategory, "code")
    models = _shelf(folder / "models.csv", ApplianceModel, "id")
    plans = _shelf(folder / "plans.yaml", SupportPlan, "id")
    zones = _shelf(folder / "zones.yaml", Zone, "code")
    experts = _shelf(folder / "experts.yaml", Expert, "id")
    customers = _shelf(folder / "customers.yaml", Customer, "id")

    for entry, category in categories.values():
        for required in category.skills:
            _known(entry, ("skills",), required.skill, skills)
    for entry, model in models.values():
        _known(entry, ("category",), model.category, categories)
    for entry, plan in plans.values():
        for number, code in enumerate(plan.categories or ()):
            _known(entry, ("categories", number), code, categories)
    for entry, expert in experts.values():
        _known(entry, ("zone",), expert.zone, zones)
        for skill in expert.skills:
            _known(entry, ("skills", skill), skill, skills)
    for entry, customer in customers.values():
        _known(entry, ("zone",), customer.zone, zones)
        _fits(entry, customer, zones[customer.zone][1], plans)

    return ReferenceData(
        skills=skills.nouns,
        categories=categories.nouns,
        models=models.nouns,
        plans=plans.nouns,
        zones=zones.nouns,
        experts=experts.nouns,
        customers=customers.nouns,
    )


def _fits(entry: _Entry, customer: Customer, zone: Zone, plans: _Shelf[SupportPlan]) -> None:
    """A customer lives in their zone, and holds plans in its currency."""
    if not zone.holds(customer.address):
        raise entry.fault(("address",), f"is not within {zone.address_mask!r}")
    for number, subscription in enumerate(customer.subscriptions):
        steps = ("subscriptions", number, "plan")
        _known(entry, steps, subscription.plan, plans)
        if plans[subscription.plan][1].currency is not zone.currency:
            raise entry.fault(steps, f"{subscription.plan!r} is not in {zone.currency}")
