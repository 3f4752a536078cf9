"""An expert's work as they see it."""

from typing import Any

from api.visit.schemas import MapLink, WorkItemView
from models.db.market.work import WorkItem
from models.geography import Spot
from models.people.customer import address_line
from models.rules.message.ref import ref_of
from models.rules.people.expecting import next_report
from models.rules.people.wayfinding import geo_of, maps_of


def work_view(item: WorkItem) -> WorkItemView:
    """One of an expert's assignments."""
    return WorkItemView(**work_fields(item))


def work_fields(item: WorkItem) -> dict[str, Any]:
    """What is shown of an assignment, wherever it is."""
    site = item.site
    return {
        "assignment_id": item.assignment_id,
        "visit_id": item.visit_id,
        "ticket_id": item.ticket_id,
        "ticket": f"T-{item.ticket_number}",
        "position": item.position,
        "state": item.state,
        "start": item.window.start,
        "end": item.window.end,
        "skill": item.skill,
        "zone": item.zone,
        "category": item.category,
        "description": site.description if site else None,
        "customer_name": item.customer_name,
        "customer_phone": item.customer_phone,
        "address": address_of(item),
        "geo": geo_of(place_of(item)),
        "maps": map_links(place_of(item)),
        "notes": list(item.notes),
        "withheld": item.withheld,
        "wait_until": item.wait_until,
        "ref": ref_of(item.assignment_id),
        "next_report": next_report(item.state),
        "start_code_needed": item.start_code_needed,
    }


def address_of(item: WorkItem) -> str | None:
    """Where an assignment is, on one line, as far as its expert may read it."""
    site = item.site
    return address_line(site.street, site.postcode, site.city) if site else None


def place_of(item: WorkItem) -> Spot | None:
    """Where an assignment is on the map, as far as its expert may read it."""
    return item.site.place if item.site else None


def map_links(place: Spot | None) -> list[MapLink]:
    """The way to a place, in whichever application its reader has."""
    return [MapLink(app=app, url=url) for app, url in maps_of(place).items()]
