"""Every operation, and what each role gets of it."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import FRIDGE, REFERENCE, days

CUSTOMER, NEIGHBOUR = REFERENCE.customers[:2]
EXPERT = REFERENCE.experts[0]
COLLEAGUE = next(
    e for e in REFERENCE.experts[1:] if e.zone == EXPERT.zone and "refrigeration" in e.skills
)
STAFF = ("helpdesk", "manager", "admin")
ROLES = ("customer", "expert", *STAFF, "integration")
NOWHERE = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Things:
    """A ticket with all that hangs on it, and whose it is."""

    expert: str
    customer: str
    ids: Mapping[str, str]

    def at(self, path: str) -> str:
        """A path with these things' ids in it."""
        return path.format(**self.ids)


@dataclass(frozen=True)
class Operation:
    """What each role gets for its own, for another's and for what does not exist; a role that is
    not listed is refused with 403 whatever it asks for."""

    allowed: Mapping[str, tuple[int, int, int]]
    body: Callable[[str, Things], Any] = field(default=lambda who, things: None)


def by(
    who: str | Iterable[str], own: int, other: int, none: int
) -> dict[str, tuple[int, int, int]]:
    return dict.fromkeys([who] if isinstance(who, str) else who, (own, other, none))


def owned(own: int, none: int = 404) -> dict[str, tuple[int, int, int]]:
    """Customers have their own, the helpdesk has everybody's."""
    return by("customer", own, none, none) | by(STAFF, own, own, none)


SEEN = owned(200) | by("expert", 200, 404, 404) | by("integration", 404, 404, 404)
MINE = by("expert", 200, 200, 200)
"""Pages about the caller: whatever ids there are, they are not asked for."""


def no_channel(_: str, __: Things) -> Any:
    return {"channels": []}


def event(who: str, things: Things) -> Any:
    report = {
        "client_event_id": str(uuid.uuid4()),
        "type": "acknowledged",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    if who == "expert":
        return report
    return {**report, "expert_id": things.expert, "reason": "No coverage."}


def batch(who: str, things: Things) -> Any:
    return {"events": [{**event(who, things), "visit_id": things.ids["visit_id"]}]}


def windows(who: str, things: Things) -> Any:
    return {"windows": days(39, 1)}


def slots(who: str, things: Things) -> Any:
    return {"slots": days(39, 1)}


def moved(who: str, things: Things) -> Any:
    return {**slots(who, things), "reason": "They are away."}


def sent_by_hand(who: str, things: Things) -> Any:
    chosen = {"expert_id": things.expert, "start": days(39, 1)[0]["start"], "position": 0}
    return {**chosen, "reason": "They know it.", "customer_consent": True}


def a_year_from_now(who: str, things: Things) -> Any:
    day = datetime.now(UTC) + timedelta(days=300)
    return {"start": day.isoformat(), "end": (day + timedelta(hours=1)).isoformat()}


def errand(who: str, things: Things) -> Any:
    day = (datetime.now(UTC) + timedelta(days=200)).date().isoformat()
    return {"title": "Fetch it", "date": day, "minutes": 15, "lat": 52.5, "lng": 13.4}


# The tickets of the table are closed: who is let in meets the rule, 409, and nothing moves.
TABLE: dict[str, Operation] = {
    "POST /v1/tickets": Operation(by(("customer", *STAFF), 422, 422, 422), lambda *_: {}),
    "GET /v1/tickets": Operation(by(("customer", *STAFF), 200, 200, 200)),
    "GET /v1/tickets/{ticket_id}": Operation(SEEN),
    "PATCH /v1/tickets/{ticket_id}": Operation(by(STAFF, 409, 409, 404), slots),
    "PUT /v1/tickets/{ticket_id}/slots": Operation(owned(409), slots),
    "POST /v1/tickets/{ticket_id}/model-resolution": Operation(
        by("expert", 409, 404, 404) | by(STAFF, 409, 409, 404), lambda *_: {"model_id": FRIDGE}
    ),
    "POST /v1/tickets/{ticket_id}/model-resolution/links": Operation(
        by(STAFF, 200, 200, 404), lambda _, t: {"ticket_ids": [t.ids["ticket_id"]]}
    ),
    "POST /v1/tickets/{ticket_id}/cancel": Operation(owned(409), lambda *_: {}),
    "POST /v1/tickets/{ticket_id}/confirm": Operation(owned(409), lambda *_: {}),
    "POST /v1/tickets/{ticket_id}/reopen": Operation(owned(409), slots),
    "POST /v1/tickets/{ticket_id}/coverage": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {"coverage": "WAIVED"}
    ),
    "GET /v1/tickets/{ticket_id}/timeline": Operation(SEEN),
    "GET /v1/tickets/{ticket_id}/timers": Operation(SEEN),
    "GET /v1/tickets/{ticket_id}/invoices": Operation(owned(200)),
    "GET /v1/notifications?ticket_id={ticket_id}": Operation(by(STAFF, 200, 200, 200)),
    "POST /v1/tickets/{ticket_id}/visits": Operation(
        by(STAFF, 409, 409, 404),
        lambda *_: {"minutes": 60, "positions": [{"skill": "electrical"}]},
    ),
    "POST /v1/tickets/{ticket_id}/dependencies": Operation(
        by(STAFF, 409, 409, 404),
        lambda _, t: {"predecessor": t.ids["visit_id"], "successor": f"vis_{NOWHERE[:-1]}1"},
    ),
    "GET /v1/tickets/{ticket_id}/groups": Operation(owned(200)),
    "POST /v1/tickets/{ticket_id}/groups/{group_id}/re-evaluate": Operation(
        by(STAFF, 409, 409, 404)
    ),
    "GET /v1/tickets/{ticket_id}/suggested-slots": Operation(owned(409)),
    "POST /v1/tickets/{ticket_id}/slot-offers": Operation(by(STAFF, 409, 409, 404), lambda *_: {}),
    "GET /v1/groups/{group_id}/decision": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404)
    ),
    # A visit is offered to every expert it may suit, who is told why they cannot have it.
    "POST /v1/visits/{visit_id}/proposals": Operation(by("expert", 409, 409, 404), windows),
    "GET /v1/visits/{visit_id}/proposals": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404)
    ),
    "POST /v1/visits/{visit_id}/assignments": Operation(by(STAFF, 409, 409, 404), sent_by_hand),
    "POST /v1/visits/{visit_id}/reschedule": Operation(owned(409), moved),
    # What an expert's phone holds is kept, whatever has become of the ticket.
    "POST /v1/visits/{visit_id}/events": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404), event
    ),
    "POST /v1/visits/events:batch": Operation(by(("expert", *STAFF), 200, 200, 200), batch),
    # The body is no file, whosever it is; and the file that is named has not come.
    "PUT /v1/visits/{visit_id}/files/{sha256}": Operation(
        by(("expert", *STAFF), 415, 415, 415), lambda *_: {}
    ),
    "GET /v1/visits/{visit_id}/files": Operation(SEEN),
    "GET /v1/visits/{visit_id}/reports": Operation(SEEN),
    "GET /v1/visits/{visit_id}/files/{sha256}": Operation(
        by(("customer", "expert"), 409, 404, 404)
        | by(STAFF, 409, 409, 404)
        | by("integration", 404, 404, 404)
    ),
    "GET /v1/files": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/reports/loss": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/kb/articles": Operation(by(("expert", *STAFF), 200, 200, 200)),
    "GET /v1/kb/articles/{article_id}": Operation(
        by("expert", 200, 404, 404) | by(STAFF, 200, 200, 404)
    ),
    "GET /v1/proposals/{proposal_id}": Operation(by("expert", 200, 404, 404)),
    "PATCH /v1/proposals/{proposal_id}": Operation(by("expert", 409, 404, 404), windows),
    "DELETE /v1/proposals/{proposal_id}": Operation(by("expert", 409, 404, 404)),
    "GET /v1/marketplace/visits": Operation(MINE),
    "GET /v1/marketplace/visits/{visit_id}": Operation(by("expert", 404, 404, 404)),
    "GET /v1/experts/me/work-items": Operation(MINE),
    "GET /v1/experts/me/earnings": Operation(MINE),
    "GET /v1/experts/me/calendar": Operation(MINE),
    "GET /v1/experts/me/availability": Operation(MINE),
    "PUT /v1/experts/me/availability": Operation(by("expert", 422, 422, 422), lambda *_: {}),
    "POST /v1/experts/me/time-off": Operation(by("expert", 201, 201, 201), a_year_from_now),
    "DELETE /v1/experts/me/time-off/{off_id}": Operation(by("expert", 204, 404, 404)),
    "GET /v1/experts/me/day": Operation(MINE),
    "GET /v1/experts/me/stops": Operation(MINE),
    "POST /v1/experts/me/stops": Operation(by("expert", 201, 201, 201), errand),
    "DELETE /v1/experts/me/stops/{stop_id}": Operation(by("expert", 204, 404, 404)),
    "DELETE /v1/experts/me/refused-reports/{refused_id}": Operation(by("expert", 204, 404, 404)),
    "GET /v1/experts/me/route": Operation(MINE),
    "GET /v1/experts/me/route/history": Operation(MINE),
    "GET /v1/experts/{expert_id}/route": Operation(by(STAFF, 200, 200, 404)),
    "GET /v1/experts/{expert_id}/route/history": Operation(by(STAFF, 200, 200, 404)),
    "GET /v1/experts/me/position-sharing": Operation(MINE),
    "PUT /v1/experts/me/position-sharing": Operation(MINE, lambda *_: {"on": False}),
    "GET /v1/experts": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/experts?visit_id={visit_id}": Operation(by(STAFF, 200, 200, 404)),
    "GET /v1/experts/{expert_id}/delays": Operation(by(STAFF, 200, 200, 404)),
    "GET /v1/experts/me/toolbox": Operation(MINE),
    "PUT /v1/experts/me/toolbox": Operation(MINE, lambda *_: {"tools": ["multimeter"]}),
    "PUT /v1/experts/me/position": Operation(
        by("expert", 409, 409, 409),
        lambda *_: {"lat": 52.5, "lng": 13.4, "at": datetime.now(UTC).isoformat()},
    ),
    "GET /v1/experts/{expert_id}": Operation(by(STAFF, 200, 200, 404)),
    "PATCH /v1/experts/{expert_id}": Operation(
        by("admin", 200, 200, 404), lambda *_: {"status": "VERIFIED"}
    ),
    "PUT /v1/experts/{expert_id}/skills/{skill}": Operation(
        by("admin", 200, 200, 404), lambda *_: {"level": 2}
    ),
    "DELETE /v1/experts/{expert_id}/skills/{skill}": Operation(by("admin", 200, 200, 404)),
    "GET /v1/escalations": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/escalations/{escalation_id}": Operation(by(STAFF, 200, 200, 404)),
    "POST /v1/escalations/{escalation_id}/claim": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {}
    ),
    "POST /v1/escalations/{escalation_id}/release": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {}
    ),
    "POST /v1/escalations/{escalation_id}/refresh": Operation(by(STAFF, 409, 409, 404)),
    "PUT /v1/escalations/{escalation_id}/contact": Operation(
        by(STAFF, 409, 409, 404),
        lambda *_: {"phone": "+4930901820001", "email": "sam@example.org"},
    ),
    "POST /v1/escalations/{escalation_id}/resolve": Operation(
        by(STAFF, 409, 409, 404), lambda *_: {"action": "told"}
    ),
    "GET /v1/customers/me/preferences": Operation(by("customer", 200, 200, 200)),
    "PUT /v1/customers/me/preferences": Operation(by("customer", 422, 422, 422), no_channel),
    "GET /v1/experts/me/preferences": Operation(MINE),
    "PUT /v1/experts/me/preferences": Operation(by("expert", 422, 422, 422), no_channel),
    "GET /v1/customers/{customer_id}/preferences": Operation(by(STAFF, 200, 200, 404)),
    "PUT /v1/customers/{customer_id}/preferences": Operation(by(STAFF, 422, 422, 422), no_channel),
    "GET /v1/experts/{expert_id}/preferences": Operation(by(STAFF, 200, 200, 404)),
    "PUT /v1/experts/{expert_id}/preferences": Operation(by(STAFF, 422, 422, 422), no_channel),
    "GET /v1/customers/{customer_id}": Operation(by(STAFF, 200, 200, 404)),
    "PUT /v1/customers/{customer_id}": Operation(by(STAFF, 422, 422, 422), lambda *_: {}),
    "GET /v1/flags": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/flags/{key}": Operation(by(STAFF, 200, 200, 404)),
    "GET /v1/flags/{key}/history": Operation(by(STAFF, 200, 200, 404)),
    "PUT /v1/flags/{key}": Operation(
        by("admin", 428, 428, 404), lambda *_: {"on": False, "reason": "It is off."}
    ),
    "POST /v1/status/subscriptions": Operation(by("customer", 422, 422, 422), no_channel),
    "GET /v1/policies": Operation(by(STAFF, 200, 200, 200)),
    "GET /v1/policies/normal": Operation(by(STAFF, 200, 200, 200)),
    "DELETE /v1/policies/normal/survey_ttl": Operation(by("admin", 200, 200, 200)),
    "PUT /v1/policies/normal/survey_ttl": Operation(
        by("admin", 200, 200, 200), lambda *_: {"value": "P14D"}
    ),
}
PUBLIC = {
    "GET /openapi.json",
    "HEAD /openapi.json",
    "GET /v1/skills",
    "GET /v1/categories",
    "GET /v1/plans",
    "GET /v1/zones",
    "GET /v1/models",
    "GET /v1/status",
    "GET /v1/surveys/{token}",
    "POST /v1/surveys/{token}",
    "GET /v1/offers/{token}",
    "POST /v1/offers/{token}",
    "GET /link/offers/{token}",
    "POST /link/offers/{token}",
    "GET /link/times/{token}",
    "POST /link/times/{token}",
    "GET /link/coming/{token}",
    "GET /link/survey/{token}",
    "POST /link/survey/{token}",
    "POST /link/coming/{token}",
    "GET /link/static/link.css",
    "GET /link/{_:path}",
    "GET /healthz",
    "GET /readyz",
    "GET /problems",
    "GET /problems/{code}",
    "GET /docs",
    "GET /docs/start.js",
    "GET /docs/swagger-ui-bundle.js",
    "GET /docs/swagger-ui.css",
    "GET /docs/favicon-32x32.png",
}
