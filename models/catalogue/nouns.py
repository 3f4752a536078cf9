"""What the reference files speak of, one value per entry."""

from collections.abc import Mapping
from datetime import date, time
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from models.base import Value
from models.calendar import Stretch
from models.identity import Code, CustomerId, ExpertId
from models.money.amount import Currency
from models.promise.sla import BusinessHours, Targets
from models.text import PHONE


def _iana(key: str) -> str:
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{key!r} is not an IANA time zone") from None
    return key


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_iana)]
Country: TypeAlias = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
Amount: TypeAlias = Annotated[int, Field(ge=0, description="minor units of the currency beside it")]
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Level: TypeAlias = Annotated[int, Field(ge=1, le=3)]


class Entry(Value):
    """Something that stands in a file; what nobody knows there is a slip of the pen."""

    model_config = ConfigDict(extra="forbid")


class Skill(Entry):
    """Something an expert is able to do."""

    code: Code
    name: Text
    category: Code


class RequiredSkill(Entry):
    """A skill, and the least level of it, that one expert must bring."""

    skill: Code
    min_level: Level


class ApplianceCategory(Entry):
    """A kind of appliance: who must come, and for how long. One expert for each skill."""

    code: Code
    name: Text
    visit_minutes: int = Field(ge=15, le=480, multiple_of=15)
    skills: tuple[RequiredSkill, ...] = Field(min_length=1, max_length=5)

    @field_validator("skills", mode="before")
    @classmethod
    def _from_cell(cls, cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        pairs = (part.partition(":") for part in cell.split("|") if part)
        return [{"skill": skill, "min_level": level} for skill, _, level in pairs]


class ApplianceModel(Entry):
    """A model as its type plate names it."""

    id: Annotated[str, StringConstraints(pattern="^mod_[a-z0-9]+(-[a-z0-9]+)*$")]
    brand: Text
    designation: Text
    category: Code


class SupportPlan(Entry):
    """What a subscription pays for. No categories (`all` in the file): it covers every one."""

    id: Code
    name: Text
    currency: Currency
    price: Amount
    interval: Literal["month", "year"]
    categories: tuple[Code, ...] | None
    included_visits: int = Field(ge=0, description="in each interval")
    urgent_fee: Amount
    sla: Mapping[Literal["normal", "urgent"], Targets] | None = None

    @field_validator("categories", mode="before")
    @classmethod
    def _every(cls, named: Any) -> Any:
        if named == "all":
            return None
        if not named:
            raise ValueError("name the categories, or all")
        return named

    def covers(self, category: str) -> bool:
        """Whether an appliance of that category is covered."""
        return self.categories is None or category in self.categories


class Place(Entry):
    """A point on the earth, in degrees."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


class Tariff(Entry):
    """What work costs that no plan covers, in the currency of its zone."""

    call_out_fee: Amount
    hourly_rate: Amount
    urgent_fee: Amount


class Address(Entry):
    """Where a customer lives. Not every country has postcodes."""

    street: Text
    city: Text
    region: Text
    postcode: str = ""
    country: Country

    @property
    def line(self) -> str:
        """The address in one line."""
        return ", ".join((self.street, f"{self.postcode} {self.city}".strip(), self.country))


class OpeningHours(Entry):
    """When a zone works, in its local time: the same hours on every day named, none on holidays."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    opens: time
    closes: time
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _closes_later(self) -> "OpeningHours":
        if self.closes <= self.opens:
            raise ValueError("closes must be after opens")
        return self

    def of(self, tz: str) -> BusinessHours:
        """The hours of a zone that keeps that time."""
        opens, closes = (t.hour * 60 + t.minute for t in (self.opens, self.closes))
        return BusinessHours(
            tz=tz,
            week=tuple(
                Stretch(weekday=_WEEK.index(day), from_minute=opens, to_minute=closes)
                for day in self.days
            ),
            holidays=self.holidays,
        )


class Zone(Entry):
    """A service area; `address_mask` is a glob over `country/region/city/postcode`."""

    code: Code
    city: Text
    country: Country
    tz: TimeZone
    currency: Currency
    centre: Place
    address_mask: Text
    tariff: Tariff
    hours: OpeningHours

    def holds(self, address: Address) -> bool:
        """Whether an address lies in the zone."""
        parts = (address.country, address.region, address.city, address.postcode)
        return fnmatchcase("/".join(parts), self.address_mask)


class Person(Entry):
    """What experts and customers share: who they are and how they are told things."""

    name: Text
    zone: Code
    tz: TimeZone
    locale: Annotated[str, StringConstraints(pattern="^[a-z]{2}-[A-Z]{2}$")]
    phone: Annotated[str, StringConstraints(pattern=PHONE)]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")]
    channels: tuple[Literal["sms", "email"], ...] = Field(min_length=1)


class Expert(Person):
    """Someone who repairs, with skills and their levels."""

    id: ExpertId
    status: Literal["VERIFIED"]
    home: Place
    radius_km: int = Field(gt=0)
    skills: Mapping[Code, Level] = Field(min_length=1)
    commission_percent: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")]


class Subscription(Entry):
    """A plan that a customer holds, billed on `anchor_day` or the month's last day before it."""

    plan: Code
    status: Literal["PENDING", "ACTIVE", "SUSPENDED"]
    anchor_day: int = Field(ge=1, le=31)
    started_on: date


class Customer(Person):
    """Someone whose appliances break."""

    id: CustomerId
    address: Address
    place: Place
    subscriptions: tuple[Subscription, ...] = ()


class ReferenceData(Entry):
    """All of it, each tuple in the order of its file."""

    skills: tuple[Skill, ...]
    categories: tuple[ApplianceCategory, ...]
    models: tuple[ApplianceModel, ...]
    plans: tuple[SupportPlan, ...]
    zones: tuple[Zone, ...]
    experts: tuple[Expert, ...]
    customers: tuple[Customer, ...]
