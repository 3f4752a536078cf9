"""How people want to be told things: themselves, or the helpdesk for them."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.http.auth import Principal
from api.http.dependencies import Customer, Expert, Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Body, ZoneName, shown
from api.people.knowing import happened
from api.people.schemas import LocalTime, clock, minutes
from models.actor import Role
from models.db.engine import Session
from models.db.people.preferences import PreferenceRepository
from models.errors import Invalid, NotFound
from models.events.people import ExpertPreferencesChanged
from models.identity import CustomerId, ExpertId
from models.message.notification import MessageChannel
from models.message.preferences import Preferences, QuietHours, Topic
from models.recorded import Recorded
from models.rules.message.preferring import checked

router = APIRouter(responses=RESPONSES, dependencies=[Depends(known_parameters)])

Channels = Annotated[list[Literal["sms", "email"]], Field(min_length=1, max_length=2)]


class NightRest(Body):
    """When you are to be left alone, each night, in local time; of the zone in your file, if none
    is named. Without an end later than the start they end the next day."""

    model_config = shown(start="22:00", end="07:00", tz="Europe/Berlin")

    start: LocalTime
    end: LocalTime
    tz: ZoneName | None = None


class NewPreferences(Body):
    """All of them: what is not said is as for somebody new. What is urgent, or about a visit of the
    same day, comes at any hour; so does, whatever is declined, what is about a visit today."""

    model_config = shown(
        channels=["sms", "email"],
        declined=["survey"],
        quiet_hours={"start": "22:00", "end": "07:00", "tz": "Europe/Berlin"},
    )

    channels: Channels = ["sms", "email"]
    declined: list[Topic] = Field(default=[], max_length=len(Topic))
    quiet_hours: NightRest | None = None


class NightRestView(BaseModel):
    """When somebody is left alone, in the local time of `tz`."""

    start: LocalTime
    end: LocalTime
    tz: str


class PreferencesView(BaseModel):
    """By which channels somebody is told things, their favourite first; what they are not told of;
    and when nothing is sent that can wait."""

    channels: list[Recorded[MessageChannel]]
    declined: list[Recorded[Topic]]
    quiet_hours: NightRestView | None


@router.get("/customers/me/preferences", tags=["customers"], summary="Read your preferences")
async def read_own_preferences(principal: Customer, services: With) -> PreferencesView:
    """How you want to be told things."""
    return await _read(services, Role.CUSTOMER, principal.subject)


@router.put("/customers/me/preferences", tags=["customers"], summary="Change your preferences")
async def change_own_preferences(
    new: NewPreferences, principal: Customer, services: With
) -> PreferencesView:
    """Replaces them as a whole."""
    return await _keep(services, Role.CUSTOMER, principal.subject, new, principal)


@router.get("/experts/me/preferences", tags=["experts"], summary="Read your preferences")
async def read_experts_own_preferences(principal: Expert, services: With) -> PreferencesView:
    """How you want to be told things."""
    return await _read(services, Role.EXPERT, principal.subject)


@router.put("/experts/me/preferences", tags=["experts"], summary="Change your preferences")
async def change_experts_own_preferences(
    new: NewPreferences, principal: Expert, services: With
) -> PreferencesView:
    """Replaces them as a whole. Of work that is yours you are told by SMS first in any case."""
    return await _keep(services, Role.EXPERT, principal.subject, new, principal)


@router.get(
    "/customers/{customer_id}/preferences", tags=["customers"], summary="Read a customer's wishes"
)
async def read_customers_preferences(
    customer_id: CustomerId, principal: Staff, services: With
) -> PreferencesView:
    """How they want to be told things."""
    return await _read(services, Role.CUSTOMER, customer_id)


@router.put(
    "/customers/{customer_id}/preferences", tags=["customers"], summary="Change a customer's wishes"
)
async def change_customers_preferences(
    customer_id: CustomerId, new: NewPreferences, principal: Staff, services: With
) -> PreferencesView:
    """As they said on the phone; replaces them as a whole."""
    return await _keep(services, Role.CUSTOMER, customer_id, new, principal)


@router.get("/experts/{expert_id}/preferences", tags=["experts"], summary="Read an expert's wishes")
async def read_experts_preferences(
    expert_id: ExpertId, principal: Staff, services: With
) -> PreferencesView:
    """How they want to be told things."""
    return await _read(services, Role.EXPERT, expert_id)


@router.put(
    "/experts/{expert_id}/preferences", tags=["experts"], summary="Change an expert's wishes"
)
async def change_experts_preferences(
    expert_id: ExpertId, new: NewPreferences, principal: Staff, services: With
) -> PreferencesView:
    """As they said on the phone; replaces them as a whole."""
    return await _keep(services, Role.EXPERT, expert_id, new, principal)


async def _read(services: Services, role: Role, person_id: str) -> PreferencesView:
    return await services.reads.run(lambda s: _view(_known(s, role, person_id)))


async def _keep(
    services: Services, role: Role, person_id: str, new: NewPreferences, principal: Principal
) -> PreferencesView:
    """Kept twice, they are as kept once.

    Raises:
        Invalid: `channel-twice`, `topic-twice`, `not-declinable`, `quiet-hours-endless`,
            `timezone-unknown`.
        NotFound: `customer-unknown`, `expert-unknown`.
    """
    quiet = new.quiet_hours
    if quiet and quiet.tz is not None and quiet.tz not in available_timezones():
        raise Invalid("timezone-unknown", "There is no such time zone.", field="/quiet_hours/tz")

    def write(session: Session) -> PreferencesView:
        people = PreferenceRepository(session, role)
        _known(session, role, person_id)
        wanted = checked(_wanted(new, people.zone_of(person_id) or "UTC"), role)
        people.keep(person_id, wanted)
        if role is Role.EXPERT:
            happened(session, services, principal, ExpertPreferencesChanged(expert_id=person_id))
        return _view(wanted)

    return await services.reads.write(write)


def _known(session: Session, role: Role, person_id: str) -> Preferences:
    found = PreferenceRepository(session, role).of(person_id)
    if found is None and role is Role.CUSTOMER:
        raise NotFound("customer-unknown", "There is no file of that customer.")
    if found is None:
        raise NotFound("expert-unknown", "There is no such expert.")
    return found


def _wanted(new: NewPreferences, home: str) -> Preferences:
    rest = new.quiet_hours
    return Preferences(
        channels=tuple(MessageChannel(c) for c in new.channels),
        declined=tuple(new.declined),
        quiet_hours=None
        if rest is None
        else QuietHours(
            from_minute=minutes(rest.start), to_minute=minutes(rest.end), tz=rest.tz or home
        ),
    )


def _view(kept: Preferences) -> PreferencesView:
    quiet = kept.quiet_hours
    return PreferencesView(
        channels=list(kept.channels),
        declined=list(kept.declined),
        quiet_hours=None
        if quiet is None
        else NightRestView(start=clock(quiet.from_minute), end=clock(quiet.to_minute), tz=quiet.tz),
    )
