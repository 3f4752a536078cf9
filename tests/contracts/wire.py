"""`python -m tests.contracts.wire`: write down what crosses Temporal, as it is now.

Every message in models/messages and every value inside one, as JSON Schema; and the name of every
workflow, update, signal, query and activity, with what it takes and gives. Yesterday's worker and
last month's history know them too, so it refuses to write a change that is not an addition, of a
field with a default; `--break` writes it all the same, which ends the life of every open ticket.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from models import messages
from models.base import Message
from tests.definitions import signatures

LOCK = Path(__file__).parent / "wire.lock.json"
LOCK_ANEW = "run `python -m tests.contracts.wire` and commit tests/contracts/wire.lock.json"
MEND = (
    "yesterday's workers and last month's histories say it as it was: bring that back, and add "
    "beside it a field with a default, a message or a name; then " + LOCK_ANEW
)
_NOISE = {"description", "title"}
_MODE: Literal["validation"] = "validation"
Wire = dict[str, Any]
"""Schemas by the name of their type, and signatures by names such as `update Ticket.propose`."""


def on_the_wire() -> Wire:
    """The schema of every message and of everything in it, and every name with its signature."""
    asked: list[tuple[Any, Any]] = [(kind, kind) for kind in _messages()]
    for name, signature in signatures().items():
        asked.append(((name, "gives"), signature.gives))
        asked += [((name, n), argument.kind) for n, argument in enumerate(signature.takes)]
    adapters = [(key, _MODE, TypeAdapter(kind)) for key, kind in asked]
    found, schema = TypeAdapter.json_schemas(adapters)
    wire: Wire = _plain(schema["$defs"])
    for name, signature in signatures().items():
        wire[name] = {
            "takes": [
                _plain(found[(name, n), _MODE]) | ({"optional": True} if argument.optional else {})
                for n, argument in enumerate(signature.takes)
            ],
            "gives": _plain(found[(name, "gives"), _MODE]),
        }
    return wire


def _messages() -> Iterator[type[Message]]:
    for found in pkgutil.iter_modules(messages.__path__):
        module = importlib.import_module(f"{messages.__name__}.{found.name}")
        for value in vars(module).values():
            ours = isinstance(value, type) and issubclass(value, Message)
            if ours and value.__module__ == module.__name__:
                yield value


def locked() -> Wire:
    """What was written down last."""
    wire: Wire = json.loads(LOCK.read_text(encoding="utf-8"))
    return wire


def breaks(before: Wire, after: Wire) -> list[str]:
    """What of `after` somebody who knows `before` could not read, or the other way round."""
    found = []
    for name, old in before.items():
        if (new := after.get(name)) is None:
            found.append(f"{name} is gone")
        elif "takes" in old:
            found += _broken_signature(name, old, new)
        elif "enum" in old:
            gone = sorted(set(old["enum"]) - set(new.get("enum", ())))
            found += [f"{name} lost the word {word}" for word in gone]
        else:
            found += _broken_fields(name, old, new)
    return found


def _broken_signature(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} {what} {json.dumps(old[what])} and now {json.dumps(new[what])}"
        for what in ("takes", "gives")
        if old[what] != new[what]
    ]


def _broken_fields(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    fields, now = old.get("properties", {}), new.get("properties", {})
    found = [f"{name}.{field} is gone" for field in fields.keys() - now.keys()]
    found += [
        f"{name}.{field} was {json.dumps(fields[field])} and is {json.dumps(now[field])}"
        for field in fields.keys() & now.keys()
        if fields[field] != now[field]
    ]
    required = set(new.get("required", ())) - set(old.get("required", ()))
    found += [f"{name}.{field} has no default" for field in required]
    return sorted(found)


def _plain(schema: Any, *, names: bool = True) -> Any:
    """A schema without its prose; below `names`, a key is somebody's name and never prose."""
    if isinstance(schema, dict):
        return {
            key: _plain(value, names=key == "properties" and not names)
            for key, value in sorted(schema.items())
            if names or key not in _NOISE
        }
    if isinstance(schema, list):
        return [_plain(value, names=False) for value in schema]
    return schema


def main(words: Sequence[str]) -> int:
    """Write the lock, unless that would hide a break."""
    now = on_the_wire()
    broken = breaks(locked(), now) if LOCK.exists() else []
    for line in broken:
        print(line, file=sys.stderr)
    if broken and "--break" not in words:
        print(f"not written: {MEND}", file=sys.stderr)
        return 1
    LOCK.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    names = len(signatures())
    print(f"{len(now) - names} messages and values, {names} names written to {LOCK.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
