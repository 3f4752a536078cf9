"""What somebody adds to a ticket that was entered in brief: put into its papers."""

from collections.abc import Mapping
from typing import Any

from activities.ticket.readmission import admission_now
from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.reads import ReferenceReads
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Session
from models.db.ticket.admission import Address, add_words
from models.errors import Invalid
from models.geography import Spot
from models.messages.ticket import Admission, FileAddition
from models.rules.people.placing import place_of
from models.rules.promise.paid import Said


def added(
    session: Session, addition: FileAddition, words: Mapping[str, Any], said: Said | None
) -> Admission:
    """File what was added, a new model in the catalogue; what the ticket would be admitted with
    now. `said`: of who pays, just now.

    Raises:
        Invalid: `model-unknown`, `zone-unknown`, `place-outside-zone`.
    """
    filing = addition.filing
    if model := words.get("model"):
        ReferenceRepository(session).add_model(ApplianceModel.model_validate(model))
    if filing.model_id and not ReferenceReads(session).has_model(filing.model_id):
        raise Invalid("model-unknown", "The catalogue has no such model.", field="/model_id")
    if words.get("model_text") or words.get("address"):
        given = words.get("address")
        address = _address(session, given, filing.own_zone or "") if given else None
        add_words(session, addition.ticket_id, words.get("model_text"), address)
    return admission_now(session, addition.ticket_id, filing, said)


def _address(session: Session, given: Mapping[str, Any], code: str) -> Address:
    zone = ReferenceReads(session).zone(code)
    if zone is None:
        raise Invalid("zone-unknown", "No such zone.", field="/address/zone")
    point = None
    if given["lat"] is not None and given["lng"] is not None:
        point = Spot(lat=given["lat"], lng=given["lng"])
    try:
        place = place_of(Spot(lat=zone.lat, lng=zone.lng), point, None)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, field="/address/lat") from None
    lines = {name: given[name] for name in ("street", "city", "postcode", "country")}
    return Address(**lines, place=place)
