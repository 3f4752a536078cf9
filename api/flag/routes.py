"""Flags: how each stands, switching one, and who switched it before."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from api.flag.schemas import FlagChangeView, FlagSwitch, FlagView, change_view, flag_view
from api.http.dependencies import Admin, Seen, Staff, With, known_parameters
from api.http.paging import Cursor, Limit, Page, decode_name, decode_number, page_of
from api.http.problems import RESPONSES, HttpRefusal
from api.http.services import Services
from models.db.engine import Session
from models.db.flag.reads import FlagReads, FlagStanding
from models.db.flag.writes import FlagRepository
from models.errors import Conflict, Invalid
from models.flag import KNOWN, flag_of
from temporal.failpoints import Failpoint, reached

router = APIRouter(
    prefix="/flags",
    tags=["flags"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
Key = Annotated[str, Path(max_length=100)]


@router.get("", summary="List the flags")
async def list_flags(
    principal: Staff, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[FlagView]:
    """By key. Of integrations those that somebody changed."""
    after = decode_name(cursor) or ""

    def read(session: Session) -> list[FlagStanding]:
        flags = FlagReads(session)
        keys = sorted(key for key in {*KNOWN, *flags.rollouts()} if key > after)
        return flags.standings(keys[: limit + 1])

    found = await services.reads.run(read)
    return page_of(found, limit, lambda one: [one.key], flag_view)


@router.get("/{key}", summary="Read a flag")
async def read_flag(key: Key, principal: Staff, response: Response, services: With) -> FlagView:
    """For whom it is on; the `ETag` is what a change of it rests on."""
    flag_of(key)
    return _shown(await services.reads.run(lambda s: FlagReads(s).standing(key)), response)


@router.put("/{key}", summary="Switch a flag")
async def switch_flag(
    key: Key,
    switch: FlagSwitch,
    principal: Admin,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
) -> FlagView:
    """Every process goes by it within two seconds. It needs the `ETag` that was read in
    `If-Match`, or `*`. What stands already is not changed again, so it may be repeated."""
    flag_of(key)
    if "If-Match" not in request.headers:
        raise HttpRefusal(428, "if-match-missing", "Send the ETag that you read in If-Match.")
    if switch.key not in (None, key):
        raise Invalid("id-differs", "The body names another flag.", field="/key")
    _require_zones(services, switch.zones)
    wanted, now = switch.rollout(), services.clock()

    def write(session: Session) -> FlagStanding:
        flags = FlagRepository(session)
        stood = flags.locked(key)
        if stood.rollout == wanted:
            return stood
        if seen not in (None, stood.version):
            raise Conflict("flag-changed", "The flag has changed since you read it.")
        flags.change(stood, wanted, switch.reason, principal.actor, now)
        return FlagReads(session).standing(key)

    reached(Failpoint.BEFORE_SWITCH, key)
    stands = await services.reads.write(write)
    reached(Failpoint.AFTER_SWITCH, key)
    return _shown(stands, response)


@router.get("/{key}/history", summary="List who switched a flag")
async def list_flag_changes(
    key: Key, principal: Staff, services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[FlagChangeView]:
    """The last change first: who, when, from what to what, and why."""
    flag_of(key)
    after = decode_number(cursor)
    before = after[0] if after else None
    found = await services.reads.run(lambda s: FlagReads(s).history(key, before, limit + 1))
    return page_of(found, limit, lambda one: [str(one.version), one.key], change_view)


def _shown(standing: FlagStanding, response: Response) -> FlagView:
    response.headers["ETag"] = f'"{standing.version}"'
    return flag_view(standing)


def _require_zones(services: Services, zones: list[str]) -> None:
    """A misspelt zone would be on nobody's list, without a word."""
    known = services.reference.zones
    for place, zone in enumerate(zones):
        if zone not in known:
            raise Invalid("zone-unknown", "There is no such zone.", field=f"/zones/{place}")
