"""How the parts of the house do, as all processes say together."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from models.status import PARTS, PartState, Standing, together

FRESH = timedelta(seconds=20)
"""What a process said holds for so long; it says so again every few seconds."""
_FORGOTTEN = timedelta(days=1)
_TELL = text("""insert into standings (part, process, state, since, as_of, seen_at)
values (:part, :process, :state, :since, :as_of, now())
on conflict (part, process) do update set state = excluded.state, since = excluded.since,
    as_of = excluded.as_of, seen_at = excluded.seen_at""")
_FORGET = text("delete from standings where seen_at < now() - :forgotten")
_TOLD = text("""select part, process, state, since, as_of, seen_at, seen_at > now() - :fresh
from standings""")
_OPEN = text("select part, since from outages where ended_at is null")
_TURN = text("select pg_try_advisory_xact_lock(hashtext('outages'))")
_BEGUN = text("""insert into outages (part, state, since, as_of)
values (:part, :state, coalesce(:since, now()), :as_of)
on conflict (part) do update set state = excluded.state, as_of = excluded.as_of, ended_at = null,
    since = case when outages.ended_at is null
        then least(outages.since, excluded.since) else excluded.since end
returning since""")
_ENDED = text("""update outages set ended_at = now()
where part = any(:parts) and ended_at is null""")


class StandingRepository:
    """What processes say of parts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tell(self, process: str, seen: Iterable[Standing]) -> None:
        """What one process sees now, whatever it said before."""
        said = [{"process": process, **one.model_dump()} for one in seen]
        if said:
            self._session.connection().execute(_TELL, said)

    def settle(self) -> list[Standing]:
        """How every part does that somebody tells of, or should. Since when one is stale or away is
        kept until it is not, whoever comes and goes meanwhile. Of several who settle at one time
        one writes it down."""
        told, begun = self._told(), self._begun()
        if self._session.scalar(_TURN):
            for one in told:
                if one.state is not PartState.OK:
                    values = one.model_dump()
                    begun[one.part] = self._session.execute(_BEGUN, values).scalar_one()
            well = [one.part for one in told if one.state is PartState.OK]
            self._session.execute(_ENDED, {"parts": well})
            self._session.execute(_FORGET, {"forgotten": _FORGOTTEN})
        return [_begun_at(one, begun.get(one.part)) for one in told]

    def _begun(self) -> dict[str, datetime]:
        return {row.part: row.since for row in self._session.execute(_OPEN)}

    def _told(self) -> list[Standing]:
        fresh: dict[str, list[Standing]] = defaultdict(list)
        kinds: dict[str, set[str]] = defaultdict(set)
        last_heard: dict[str, datetime] = {}
        for part, process, state, since, as_of, seen_at, is_fresh in self._session.execute(
            _TOLD, {"fresh": FRESH}
        ):
            if not is_fresh:
                last_heard[part] = max(seen_at, last_heard.get(part, seen_at))
                continue
            kinds[part].add(process.partition(" ")[0])
            told = Standing(part=part, state=PartState(state), since=since, as_of=as_of)
            fresh[part].append(told)
        found = []
        for part, known in PARTS.items():
            seen = fresh[part]
            if known.teller and known.teller not in kinds[part]:
                away = Standing(part=part, state=PartState.AWAY, since=last_heard.get(part))
                seen = [*seen, away]
            if seen:
                found.append(together(part, seen))
        return found


def _begun_at(one: Standing, begun: datetime | None) -> Standing:
    if one.state is PartState.OK or begun is None:
        return one
    return one.but(since=min(begun, one.since or begun))
