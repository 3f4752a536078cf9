"""Files of a visit: what its reports name, brought and fetched."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from api.http import asking
from api.http.dependencies import Caller, ExpertOrStaff, Staff, With, known_parameters
from api.http.ids import FileRef, TicketRef, VisitRef
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES, HttpRefusal
from api.http.services import Services
from api.http.text import AS_ISO_8601
from api.intake.files_waiting import STORING
from api.intake.put_off import or_put_off
from api.visit.bringing import Bringing
from api.visit.proof import known_file, part_of
from api.visit.traffic import pieces
from models.actor import Role
from models.db.engine import Session
from models.db.files.store import name_of
from models.db.visit.files import file_id
from models.db.visit.proof import FileReads, KnownFile
from models.errors import Conflict, NotFound
from models.identity import VisitId
from models.proof import MOST_BYTES, FileKind, FileState, FileType
from models.recorded import Recorded

router = APIRouter(tags=["files"], responses=RESPONSES, dependencies=[Depends(known_parameters)])
log = structlog.get_logger("api.files")

_ADDRESS = re.compile(r"/v1/visits/[^/]+/files/[^/]+")
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_BYTES: dict[str, Any] = {kind.value: {} for kind in FileType}
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
OlderThan = Annotated[
    Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=366)), *AS_ISO_8601] | None,
    Query(description="Named longer ago than this."),
]


class FileView(BaseModel):
    """A file that a report names. `mime` and `bytes` are as the report has them, or as they
    came."""

    id: FileRef = Field(description="Derived from the visit and the hash.")
    ticket_id: TicketRef = Field(description="The ticket of the visit.")
    visit_id: VisitRef = Field(description="The visit whose report names it.")
    sha256: str = Field(description="The hash of its bytes, hex: its name within the visit.")
    kind: Recorded[FileKind] = Field(description="What it is in its report.")
    mime: str | None = Field(description="Its media type; null, where nobody said it yet.")
    bytes: int | None = Field(description="Its size; null, where nobody said it yet.")
    taken_at: datetime | None = Field(description="When, as its report says.")
    state: FileState = Field(description="PENDING: named. STORED: its bytes are here.")
    named_at: datetime = Field(description="When the report came that names it.")
    stored_at: datetime | None = Field(description="When its bytes came.")


class FileAccepted(BaseModel):
    """A file that is kept until it can be looked up whose report names it. It is fetched, and its
    `state` told, from then on; what is refused then is among `refused_reports`."""

    id: FileRef = Field(description="Derived from the visit and the hash.")
    visit_id: VisitRef = Field(description="The visit that it was brought for.")
    sha256: str = Field(description="The hash of its bytes, hex.")
    effect: Literal["accepted"] = Field("accepted", description="That it is kept, no more.")


def largest_body(method: str, path: str) -> int | None:
    """The most bytes that a body may have where it is a file."""
    return MOST_BYTES if method == "PUT" and _ADDRESS.fullmatch(path) else None


async def _with_a_place(principal: Caller, services: With) -> AsyncIterator[None]:
    """Held until the last byte is taken, or nobody takes any."""
    with services.downloads.place(principal.subject):
        yield


@router.put(
    "/visits/{visit_id}/files/{sha256}",
    status_code=201,
    summary="Bring a file",
    openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
    response_model=FileView,
    responses={
        200: {"model": FileView, "description": "It was here already."},
        202: {"model": FileAccepted},
    },
)
async def bring_file(
    visit_id: VisitId,
    sha256: Sha256,
    principal: ExpertOrStaff,
    request: Request,
    response: Response,
    services: With,
) -> FileView | JSONResponse:
    """The bytes as they are, in the body: JPEG, PNG, WebP or PDF, 10 MiB at most. Whose report
    names them may bring them, and the helpdesk; sent again, nothing changes. While nobody can tell
    whose report that is, they are kept (202), and looked up as soon as somebody can."""
    sent_as = _sent_as(request)
    # What is asked again comes over no line, and takes the place of nothing that does.
    is_again = asking.is_put_off()
    with nullcontext() if is_again else services.uploads.place(principal.subject):
        file = Bringing(services, request, principal, visit_id, sha256, sent_as)
        done = await or_put_off(
            *(services, request, principal), file.bring, part=file.part, beside=file
        )
    if done is None:
        kept = FileAccepted(id=file_id(visit_id, sha256), visit_id=visit_id, sha256=sha256)
        return JSONResponse(kept.model_dump(mode="json"), 202)
    is_new, stored = done
    response.status_code = 201 if is_new else 200
    return _view(stored)


@router.get("/visits/{visit_id}/files", summary="List the files of a visit")
async def list_files(
    visit_id: VisitId,
    principal: Caller,
    services: With,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[FileView]:
    """What its reports name, in that order; a customer sees the pictures of work that counts."""
    after, now = decode_moment(cursor), services.clock()

    def read(session: Session) -> list[KnownFile]:
        part = part_of(session, visit_id, principal, now)
        return FileReads(session).of_visit(visit_id, part, after, limit + 1)

    return page_of(await services.reads.run(read), limit, _position, _view)


@router.get(
    "/visits/{visit_id}/files/{sha256}",
    summary="Fetch a file",
    dependencies=[Depends(_with_a_place, scope="request")],
    response_class=Response,
    responses={200: {"content": _BYTES, "description": "The bytes."}},
)
async def fetch_file(
    visit_id: VisitId, sha256: Sha256, principal: Caller, services: With
) -> Response:
    """As it was brought. The customer gets a copy, drawn anew as a JPEG, in which nothing is
    written of where and by what it was taken."""
    now = services.clock()
    file = await services.reads.run(lambda s: known_file(s, visit_id, sha256, principal, now))
    content, kind = await _stored(services, file)
    if principal.role is Role.CUSTOMER:
        content, kind = await services.pictures.copy_of(content, kind), FileType.JPEG
    named = f'attachment; filename="{sha256[:12]}.{kind.suffix}"'
    headers = {"Content-Disposition": named, "Content-Length": str(len(content)), **_SAFE}
    return StreamingResponse(pieces(content), media_type=kind, headers=headers)


@router.get("/files", summary="List files, whosever visit it is")
async def list_all_files(
    principal: Staff,
    services: With,
    state: Annotated[FileState | None, Query()] = None,
    older_than: OlderThan = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[FileView]:
    """In the order in which they were named. What is PENDING and older than a day did not come."""
    after = decode_moment(cursor)
    before = None if older_than is None else services.clock() - older_than
    found = await services.reads.run(
        lambda s: FileReads(s).everywhere(state, before, after, limit + 1)
    )
    return page_of(found, limit, _position, _view)


def _sent_as(request: Request) -> FileType:
    """What a file is sent as.

    Raises:
        HttpRefusal: 415 `file-type-unsupported`.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        return FileType(said)
    except ValueError:
        raise HttpRefusal(
            415,
            "file-type-unsupported",
            "A file is a JPEG, PNG or WebP picture or a PDF, and its Content-Type says so.",
            evidence={"accepted": sorted(FileType)},
        ) from None


async def _stored(services: Services, file: KnownFile) -> tuple[bytes, FileType]:
    """The bytes of a file, as they came, and what they are.

    Raises:
        Conflict: `file-pending`.
        NotFound: `file-lost`.
        Unavailable: `files-unavailable`.
    """
    if file.state is FileState.PENDING or file.media_type is None:
        raise Conflict("file-pending", "The bytes of this file are not here yet.")
    name = name_of(file.visit_id, file.sha256)
    content = await services.files.read(name, asking.rest(STORING))
    digest = await asyncio.to_thread(lambda: hashlib.sha256(content or b"").hexdigest())
    if content is None or digest != file.sha256:
        log.error("file_lost", file_id=file.id, visit_id=file.visit_id)
        raise NotFound("file-lost", "The store of files has lost this one.")
    return content, FileType(file.media_type)


def _position(file: KnownFile) -> tuple[str, str]:
    return file.named_at.isoformat(), file.id


def _view(file: KnownFile) -> FileView:
    fields = file.model_dump(include=set(FileView.model_fields))
    return FileView(**fields, mime=file.media_type, bytes=file.size, state=file.state)
