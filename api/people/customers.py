"""Customers' files, as the helpdesk keeps them."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from api.http.dependencies import Staff, With, known_parameters
from api.http.ids import CodeRef, CustomerRef
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Body, Email, Phone, Region, ShortText, ZoneName, shown
from api.people.schemas import OptedOut, OptedOutView
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.people.reads import PeopleReads
from models.db.people.writes import CustomerRepository
from models.errors import Invalid, NotFound
from models.geography import Precision, Spot
from models.identity import Code, CustomerId
from models.message.notification import MessageChannel
from models.people.customer import Customer
from models.recorded import Recorded
from models.rules.people.placing import locale_of, place_of, require_postcode

router = APIRouter(
    prefix="/customers",
    tags=["customers"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)

Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Postcode = Annotated[
    str, StringConstraints(max_length=12, pattern="^([A-Za-z0-9]+([ -][A-Za-z0-9]+)*)?$")
]


class CustomerFile(Body):
    """Who a customer is and where their appliances are. Without a point on the map, the middle of
    their zone stands for it; without a time zone, the zone's; without a locale, one of their
    country. A postcode may be left out where a country has none. What is read can be written."""

    model_config = shown(
        name="Sam Roe",
        zone="berlin",
        street="Feldweg 3",
        city="Berlin",
        postcode="10999",
        country="DE",
        phone="+4930901820001",
        email="sam@example.org",
    )

    id: CustomerId | None = Field(default=None, description="As in the address, if at all.")
    name: ShortText
    zone: Code
    street: ShortText
    city: ShortText
    region: Region = ""
    postcode: Postcode = ""
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    lat: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    lng: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    precision: Precision | None = Field(
        default=None, description="What the point stands for; the address itself, if not said."
    )
    tz: ZoneName | None = None
    locale: Annotated[str, StringConstraints(pattern="^[a-z]{2}-[A-Z]{2}$")] | None = None
    phone: Phone
    email: Email
    channels: list[Literal["sms", "email"]] = Field(
        default=["sms", "email"], min_length=1, max_length=2
    )
    opted_out: list[OptedOut] = Field(default=[], max_length=2)
    no_shows: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None, description="Counted by the house, whatever is written here."
    )


class CustomerView(BaseModel):
    """A customer's file."""

    id: CustomerRef
    name: str
    zone: CodeRef
    street: str
    city: str
    region: str
    postcode: str
    country: str
    lat: float
    lng: float
    precision: Recorded[Precision]
    tz: str
    locale: str
    phone: str
    email: str
    channels: list[Recorded[MessageChannel]]
    opted_out: list[OptedOutView]
    no_shows: int = Field(description="For how many visits they were not there.")


@router.get("/{customer_id}", summary="Read a customer's file")
async def read_customer(customer_id: CustomerId, principal: Staff, services: With) -> CustomerView:
    """For the helpdesk."""

    return await services.reads.run(lambda session: _file(session, customer_id))


@router.put("/{customer_id}", summary="Write a customer's file")
async def write_customer(
    customer_id: CustomerId, file: CustomerFile, principal: Staff, services: With
) -> CustomerView:
    """Whole: what is not said is as for a new customer."""
    return await keep_file(services, customer_id, file)


async def keep_file(services: Services, customer_id: str, file: CustomerFile) -> CustomerView:
    """Write a customer's file; written twice, it is as written once.

    Raises:
        Invalid: `channel-twice`, `id-differs`, `place-outside-zone`, `point-incomplete`,
            `postcode-missing`, `timezone-unknown`, `zone-unknown`.
    """
    if file.id not in (None, customer_id):
        raise Invalid("id-differs", "The file is another customer's.", field="/id")
    if file.tz is not None and file.tz not in available_timezones():
        raise Invalid("timezone-unknown", "There is no such time zone.", field="/tz")
    require_postcode(file.postcode, file.country)
    if (file.lat is None) is not (file.lng is None):
        missing = "/lat" if file.lat is None else "/lng"
        raise Invalid("point-incomplete", "Give both of lat and lng, or none.", field=missing)
    if len(set(file.channels)) < len(file.channels):
        raise Invalid("channel-twice", "Name each channel once.", field="/channels")

    def write(session: Session) -> CustomerView:
        zone = ReferenceReads(session).zone(file.zone)
        if zone is None:
            raise Invalid("zone-unknown", "No such zone.", field="/zone")
        point = None
        if file.lat is not None and file.lng is not None:
            point = Spot(lat=file.lat, lng=file.lng)
        customer = Customer(
            **file.model_dump(
                exclude={"id", "lat", "lng", "precision", "tz", "locale", "opted_out", "no_shows"}
            ),
            id=customer_id,
            place=place_of(Spot(lat=zone.lat, lng=zone.lng), point, file.precision),
            tz=file.tz or zone.tz,
            locale=file.locale or locale_of(file.country),
        )
        CustomerRepository(session).keep(customer)
        return _file(session, customer_id)

    return await services.reads.write(write)


def _file(session: Session, customer_id: str) -> CustomerView:
    people = PeopleReads(session)
    customer = people.customer(customer_id)
    if customer is None:
        raise NotFound("customer-unknown", "There is no file of that customer.")
    place = customer.place.model_dump(exclude={"site"})
    return CustomerView(
        **customer.model_dump(exclude={"place"}), **place, no_shows=people.no_shows(customer_id)
    )
