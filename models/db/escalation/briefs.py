"""Facts that were gathered again: shown from now on, though nothing has happened meanwhile."""

import json
from collections.abc import Sequence

from models.base import Value
from models.db.engine import Database
from models.escalation import Brief, Escalation
from models.rules.escalation.numbering import remembered

_SHOW = """update escalations set known = known || jsonb_build_object(
    'brief', %(brief)s::jsonb, 'numbers', %(numbers)s::jsonb)
where id = %(id)s and seq = %(seq)s returning id"""


def show_brief(database: Database, escalation: Escalation, brief: Brief) -> None:
    """Have an escalation's row say a brief, and the numbers in it, unless the escalation has moved
    on: what is recorded then says both.

    Raises:
        psycopg.Error: the database is away.
    """
    values = {
        "id": escalation.id,
        "seq": escalation.seq,
        "brief": brief.model_dump_json(),
        "numbers": _json(remembered(escalation.numbers, brief)),
    }
    database.at_once(_SHOW, values)


def _json(values: Sequence[Value]) -> str:
    return json.dumps([value.model_dump(mode="json") for value in values])
