"""Customers' files, as the helpdesk keeps them."""

from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from api.http.dependencies import Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import Body, ShortText, shown
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.people.reads import PeopleReads
from models.db.people.writes import CustomerRepository
from models.errors import Invalid, NotFound
from models.geography import Spot
from models.identity import Code, CustomerId
from models.people.customer import Customer

router = APIRouter(
    prefix="/customers",
    tags=["customers"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


class CustomerFile(Body):
    """Who a customer is and where their appliances are. Without a point on the map, the middle of
    their zone stands for it; without a time zone, the zone's."""

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

    name: ShortText
    zone: Code
    street: ShortText
    city: ShortText
    region: Annotated[str, StringConstraints(max_length=20, pattern="^[A-Za-z0-9 -]*$")] = ""
    postcode: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9 -]{1,12}$")]
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lng: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    tz: Annotated[str, StringConstraints(max_length=60)] | None = None
    locale: Annotated[str, StringConstraints(pattern="^[a-z]{2}-[A-Z]{2}$")] = "en-GB"
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
    email: Annotated[
        str, StringConstraints(pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{3,190}$")
    ]
    channels: list[Literal["sms", "email"]] = Field(
        default=["sms", "email"], min_length=1, max_length=2
    )


class CustomerView(BaseModel):
    """A customer's file."""

    id: str
    name: str
    zone: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    lat: float
    lng: float
    tz: str
    locale: str
    phone: str
    email: str
    channels: list[str]


@router.get("/{customer_id}", summary="Read a customer's file")
async def read_customer(customer_id: CustomerId, principal: Staff, services: With) -> CustomerView:
    """For the helpdesk."""

    def read(session: Session) -> CustomerView:
        customer = PeopleReads(session).customer(customer_id)
        if customer is None:
            raise NotFound("customer-unknown", "There is no file of that customer.")
        return _view(customer)

    return await services.reads.run(read)


@router.put("/{customer_id}", summary="Write a customer's file")
async def write_customer(
    customer_id: CustomerId, file: CustomerFile, principal: Staff, services: With
) -> CustomerView:
    """Whole: what is not said is as for a new customer."""
    if file.tz is not None and file.tz not in available_timezones():
        raise Invalid("timezone-unknown", "There is no such time zone.", field="/tz")

    if (file.lat is None) is not (file.lng is None):
        missing = "/lat" if file.lat is None else "/lng"
        raise Invalid("point-incomplete", "Give both of lat and lng, or none.", field=missing)
    if len(set(file.channels)) < len(file.channels):
        raise Invalid("channel-twice", "Name each channel once.", field="/channels")

    def write(session: Session) -> CustomerView:
        zone = ReferenceReads(session).zone(file.zone)
        if zone is None:
            raise Invalid("zone-unknown", "No such zone.", field="/zone")
        middle: dict[str, Any] = {"lat": zone.lat, "lng": zone.lng, "tz": zone.tz}
        given = file.model_dump()
        filled = {k: v if v is not None else middle[k] for k, v in given.items()}
        place = Spot(lat=filled["lat"], lng=filled["lng"])
        customer = Customer(**filled, id=customer_id, place=place)
        CustomerRepository(session).keep(customer)
        return _view(customer)

    return await services.reads.write(write)


def _view(customer: Customer) -> CustomerView:
    return CustomerView(**customer.model_dump(exclude={"place"}), **customer.place.model_dump())
