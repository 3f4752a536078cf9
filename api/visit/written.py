"""What was done on a visit: notes, parts, photos and signatures, for whoever may know."""

from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.http.auth import Principal
from api.http.dependencies import Caller, With, known_parameters
from api.http.ids import ExpertRef, ReportRef, VisitRef
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES
from api.visit.proof import part_of
from models.actor import Role
from models.db.engine import Session
from models.db.visit.written import Written, written_of
from models.field import FactKind
from models.identity import VisitId
from models.proof import FileType
from models.recorded import Recorded

router = APIRouter(tags=["visits"], responses=RESPONSES, dependencies=[Depends(known_parameters)])


class UsedPartView(BaseModel):
    """A part, and how many."""

    sku: str = Field(description="What the catalogue of parts calls it.")
    quantity: int = Field(description="How many.")


class PictureView(BaseModel):
    """A file that a report names; `GET /v1/visits/{visit_id}/files/{sha256}` has its bytes."""

    sha256: str = Field(description="The hash of its bytes, hex.")
    mime: str | None = Field(description="Its media type; null, where nobody said.")
    bytes: int | None = Field(description="Its size; null, where nobody said.")
    taken_at: datetime | None = Field(description="When, as its report says.")


class SignedView(BaseModel):
    """Who signed, and the file of it."""

    signed_by: str = Field(description="Who.")
    signed_at: datetime = Field(description="When, as the report says.")
    sha256: str = Field(description="The hash of the drawn signature, hex.")


class WrittenReportView(BaseModel):
    """What an expert left with a report."""

    id: ReportRef = Field(description="Of the report's words.")
    visit_id: VisitRef = Field(description="The visit.")
    expert_id: ExpertRef = Field(description="Whose report it is.")
    type: Recorded[FactKind] = Field(description="What was reported.")
    recorded_only: bool = Field(description="Kept, and without effect.")
    written_at: datetime = Field(description="When it came.")
    notes: str = Field(description="What was done; or why it was not.")
    parts: list[UsedPartView] = Field(description="What was used.")
    parts_needed: list[UsedPartView] = Field(description="What the next visit needs.")
    photos: list[PictureView] = Field(description="In the order in which they were named.")
    signature: SignedView | None = Field(description="Null, where nobody signed.")
    kb_note: str | None = Field(description="For colleagues; null to customers.")


@router.get("/visits/{visit_id}/reports", summary="List what was written of a visit")
async def list_written_reports(
    visit_id: VisitId,
    principal: Caller,
    services: With,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[WrittenReportView]:
    """Notes, parts, photos and signature, the oldest first. Experts of the visit read all of it for
    as long as they may read whom it is for, and then their own; its customer reads what was written
    of work that is done, without what is for colleagues."""
    after, now = decode_moment(cursor), services.clock()

    def read(session: Session) -> list[Written]:
        part = part_of(session, visit_id, principal, now)
        return written_of(session, visit_id, part, after, limit + 1)

    return page_of(
        await services.reads.run(read),
        limit,
        lambda one: [one.written_at.isoformat(), one.id],
        lambda one: _view(one, principal),
    )


def _view(one: Written, principal: Principal) -> WrittenReportView:
    theirs = principal.role is Role.CUSTOMER
    photos = [p for p in one.photos if not (theirs and p.get("media_type") == FileType.PDF)]
    return WrittenReportView(
        **one.model_dump(
            include={"id", "visit_id", "expert_id", "recorded_only", "written_at", "notes"}
        ),
        type=one.kind,
        parts=[UsedPartView.model_validate(p) for p in one.parts],
        parts_needed=[UsedPartView.model_validate(p) for p in one.parts_needed],
        photos=[
            PictureView(
                sha256=p["sha256"],
                mime=p.get("media_type"),
                bytes=p.get("size"),
                taken_at=p.get("taken_at"),
            )
            for p in photos
        ],
        signature=SignedView.model_validate(one.signature) if one.signature else None,
        kb_note=None if theirs else one.kb_note,
    )
