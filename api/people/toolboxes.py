"""What experts have with them."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import Body, ToolName, shown
from api.people.knowing import happened, known
from models.db.engine import Session
from models.db.people.toolbox import ToolboxRepository
from models.events.people import ExpertToolboxChanged
from models.rules.people.toolbox import checked_tools

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


class Toolbox(Body):
    """All the tools you have, up to 40. Case does not count, nor how often one is named."""

    model_config = shown(tools=["multimeter", "vacuum pump", "refrigerant scales"])

    tools: list[ToolName] = Field(max_length=50)


class ToolboxView(BaseModel):
    """The tools, in small letters, in the order of the alphabet."""

    tools: list[str]


@router.get("/me/toolbox", summary="Read your toolbox")
async def read_toolbox(principal: Expert, services: With) -> ToolboxView:
    """As you last said it; nothing, if you never did."""

    def read(session: Session) -> ToolboxView:
        known(session, principal.subject)
        return ToolboxView(tools=ToolboxRepository(session).of(principal.subject))

    return await services.reads.run(read)


@router.put("/me/toolbox", summary="Say which tools you have")
async def change_toolbox(new: Toolbox, principal: Expert, services: With) -> ToolboxView:
    """Replaces it as a whole. The helpdesk finds you by it."""
    tools = checked_tools(new.tools)

    def write(session: Session) -> ToolboxView:
        known(session, principal.subject)
        facts = ExpertToolboxChanged(expert_id=principal.subject, tools=len(tools))
        # From here on the expert is locked: of two toolboxes at once the later one stands whole.
        happened(session, services, principal, facts)
        ToolboxRepository(session).keep(principal.subject, tools)
        return ToolboxView(tools=list(tools))

    return await services.reads.write(write)
