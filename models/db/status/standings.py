"""How the parts of the house do, as all processes say together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
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
_TOLD = text("""select part, process, state, since, as_of, seen_at,
    seen_at > now() - :fresh as is_fresh from standings""")
_OPEN = text("select part, state, since, as_of from outages where ended_at is null")
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
        said = [{"process": process, **_row(one)} for one in seen]
        if said:
            self._session.connection().execute(_TELL, said)

    def doubted(self, seen: Iterable[Standing]) -> frozenset[str]:
        """The parts that one process knows nothing bad of, and no answer either since they became
        stale or away as others see it."""
        fine = [one for one in seen if one.state is PartState.OK and one.heard_at is not None]
        lasting = self._lasting() if fine else {}
        return frozenset(
            one.part for one in fine if one.part in lasting and not one.ends(lasting[one.part])
        )

    def settle(self) -> list[Standing]:
        """How every part does that somebody tells of, or should. Since when one is stale or away is
        kept until it answers, whoever comes and goes meanwhile: who has not asked it since ends
        nothing. Of several who settle at one time one writes it down."""
        lasting = self._lasting()
        told = self._told(lasting)
        begun = {part: one.since for part, one in lasting.items()}
        if self._session.scalar(_TURN):
            ill = [one for one in told if one.state is not PartState.OK]
            for one in ill:
                begun[one.part] = self._session.execute(_BEGUN, _row(one)).scalar_one()
            well = lasting.keys() - {one.part for one in ill}
            self._session.execute(_ENDED, {"parts": list(well)})
            self._session.execute(_FORGET, {"forgotten": _FORGOTTEN})
        return [_begun_at(one, begun.get(one.part)) for one in told]

    def _lasting(self) -> dict[str, Standing]:
        """What is stale or away, as it was written down."""
        return {row.part: Standing(**row._mapping) for row in self._session.execute(_OPEN)}

    def _told(self, lasting: Mapping[str, Standing]) -> list[Standing]:
        fresh: dict[str, list[Standing]] = defaultdict(list)
        kinds: dict[str, set[str]] = defaultdict(set)
        last_heard: dict[str, datetime] = {}
        for row in self._session.execute(_TOLD, {"fresh": FRESH}):
            if not row.is_fresh:
                last_heard[row.part] = max(row.seen_at, last_heard.get(row.part, row.seen_at))
                continue
            kinds[row.part].add(row.process.partition(" ")[0])
            fresh[row.part].append(_standing(row))
        found = []
        for part, known in PARTS.items():
            seen, outage = fresh[part], lasting.get(part)
            if known.teller and known.teller not in kinds[part]:
                away = Standing(part=part, state=PartState.AWAY, since=last_heard.get(part))
                seen = [*seen, away]
            is_spoken_of = bool(seen) or part in last_heard
            if outage is not None and is_spoken_of and not _is_known(seen, outage):
                seen = [outage]
            if seen:
                found.append(together(part, seen))
        return found


def _is_known(seen: Iterable[Standing], outage: Standing) -> bool:
    """Whether somebody sees that it lasts, or has seen that it is over."""
    return any(one.state is not PartState.OK or one.ends(outage) for one in seen)


def _row(one: Standing) -> dict[str, Any]:
    """One column says how old it is, whatever that means of a state."""
    is_ok = one.state is PartState.OK
    return one.model_dump(exclude={"heard_at"}) | {"as_of": one.heard_at if is_ok else one.as_of}


def _standing(row: Row[Any]) -> Standing:
    state = PartState(row.state)
    if state is PartState.OK:
        return Standing(part=row.part, state=state, heard_at=row.as_of)
    return Standing(part=row.part, state=state, since=row.since, as_of=row.as_of)


def _begun_at(one: Standing, begun: datetime | None) -> Standing:
    if one.state is PartState.OK or begun is None:
        return one
    return one.but(since=min(begun, one.since or begun))
