"""A model that another process has just put into the catalogue can be filed at once."""

import uuid
from pathlib import Path

from models.catalogue.nouns import ApplianceModel
from models.db.catalogue.writes import ReferenceRepository
from tests.api.intake.filed import body
from tests.api.intake.outage import DATABASE, asked, without
from tests.house import FRIDGE, REFERENCE, House
from tests.refusals import refused
from tests.workflows.company import parting as parting

FILE = ("customer", "POST", "/tickets")


def put_in_elsewhere(house: House) -> str:
    """A model of which no process of the API has heard."""
    [fridge] = [model for model in REFERENCE.models if model.id == FRIDGE]
    new: ApplianceModel = fridge.model_copy(update={"id": f"mod_new-{uuid.uuid4()}"})
    with house.database.unit_of_work() as session:
        ReferenceRepository(session).add_model(new)
    return new.id


async def test_a_model_of_a_moment_ago_is_filed_and_one_that_is_not_there_is_refused(
    house: House,
) -> None:
    model = put_in_elsewhere(house)
    filed = await asked(house, house.http, *FILE, body(model_id=model))
    assert filed.status_code == 201, filed.text
    ticket = await house.until(filed.json()["id"], "MATCHING")
    assert ticket["model_id"] == model
    unknown = await asked(house, house.http, *FILE, body(model_id=f"mod_new-{uuid.uuid4()}"))
    refused(unknown, 422, "model-unknown", "/model_id")
    await house.expect("helpdesk", "POST", f"/tickets/{ticket['id']}/cancel", {})


async def test_while_the_records_are_away_an_unknown_model_is_refused_in_time(
    house: House, tmp_path: Path
) -> None:
    async with without(house, tmp_path / "log", DATABASE, frozen=True) as (http, outage):
        model = put_in_elsewhere(house)
        answer = await asked(house, http, *FILE, body(model_id=model))
        refused(answer, 422, "model-unknown", "/model_id")
        await outage.mend()
