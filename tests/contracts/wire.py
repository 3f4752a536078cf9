"""`python -m tests.contracts.wire`: write down what crosses Temporal, as it is now.

Every message in models/messages and every value inside one, as JSON Schema. Yesterday's worker and
last month's history read them too, so it refuses to write a change that is not an addition with a
default; `--break` writes it all the same, which ends the life of every open ticket.
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from models import messages
from models.base import Message

LOCK = Path(__file__).parent / "wire.lock.json"
_NOISE = {"description", "title"}
Wire = dict[str, Any]


def on_the_wire() -> Wire:
    """The schema of every message, and of everything in it, by name."""
    kinds: set[type[Message]] = set()
    for found in pkgutil.iter_modules(messages.__path__):
        module = importlib.import_module(f"{messages.__name__}.{found.name}")
        ours = (v for v in vars(module).values() if isinstance(v, type) and issubclass(v, Message))
        kinds |= {kind for kind in ours if kind.__module__ == module.__name__}
    ordered = sorted(kinds, key=lambda kind: (kind.__module__, kind.__name__))
    _, schema = models_json_schema([(kind, "validation") for kind in ordered])
    wire: Wire = _plain(schema["$defs"])
    return wire


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
        elif "enum" in old:
            gone = sorted(set(old["enum"]) - set(new.get("enum", ())))
            found += [f"{name} lost the word {word}" for word in gone]
        else:
            found += _broken_fields(name, old, new)
    return found


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
        print("not written: add a field or a message instead, with a default", file=sys.stderr)
        return 1
    LOCK.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(now)} messages and values written to {LOCK.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
